# A variable that is set, changed or removed in a session counts for the next cmdlet: each that the library reads.
# What leaves no trace without a byte beyond loopback is seen by which client the cmdlets use; the rest by what happens.

BeforeDiscovery {
    # Two values for each variable, so that "changed" is something else than "set".
    $variables = @(
        @{ Name = 'AZURE_POD_IDENTITY_AUTHORITY_HOST'; First = 'http://127.0.0.1:1'; Second = 'http://127.0.0.1:2' }
        @{ Name = 'AZURE_CLIENT_ID'; First = '11111111-2222-3333-4444-555555555555'; Second = '00000000-2222-3333-4444-555555555555' }
        @{ Name = 'IDENTITY_ENDPOINT'; First = 'http://127.0.0.1:1'; Second = 'http://127.0.0.1:2' }
        @{ Name = 'IDENTITY_HEADER'; First = 'first'; Second = 'second' }
        @{ Name = 'IDENTITY_SERVER_THUMBPRINT'; First = '0000000000000000000000000000000000000000'; Second = '1111111111111111111111111111111111111111' }
        @{ Name = 'IDENTITY_API_VERSION'; First = '2019-07-01-preview'; Second = '2020-05-01' }
        @{ Name = 'IMDS_ENDPOINT'; First = 'http://127.0.0.1:1'; Second = 'http://127.0.0.1:2' }
        @{ Name = 'MSI_ENDPOINT'; First = 'http://127.0.0.1:1'; Second = 'http://127.0.0.1:2' }
        @{ Name = 'MSI_SECRET'; First = 'first'; Second = 'second' }
        @{ Name = 'DEFAULT_IDENTITY_CLIENT_ID'; First = '11111111-2222-3333-4444-555555555555'; Second = '00000000-2222-3333-4444-555555555555' }
        @{ Name = 'AZURE_TENANT_ID'; First = '11111111-2222-3333-4444-555555555555'; Second = '00000000-2222-3333-4444-555555555555' }
        @{ Name = 'AZURE_FEDERATED_TOKEN_FILE'; First = 'first'; Second = 'second' }
        @{ Name = 'AZURE_AUTHORITY_HOST'; First = 'https://127.0.0.1:1/'; Second = 'https://127.0.0.1:2/' }
        @{ Name = 'AZURE_KUBERNETES_TOKEN_PROXY'; First = 'https://127.0.0.1:1/p'; Second = 'https://127.0.0.1:2/p' }
        @{ Name = 'AZURE_KUBERNETES_SNI_NAME'; First = 'first.example'; Second = 'second.example' }
        @{ Name = 'AZURE_KUBERNETES_CA_FILE'; First = 'first'; Second = 'second' }
        @{ Name = 'AZURE_KUBERNETES_CA_DATA'; First = 'first'; Second = 'second' }
        @{ Name = 'DOORKEY_CA_FILE'; First = 'first'; Second = 'second' }
        @{ Name = 'DOORKEY_VAULT_SUFFIX'; First = 'vault.localhost:1'; Second = 'vault.localhost:2' }
        @{ Name = 'HTTPS_PROXY'; First = 'http://127.0.0.1:1'; Second = 'http://127.0.0.1:2' }
        @{ Name = 'https_proxy'; First = 'http://127.0.0.1:3'; Second = 'http://127.0.0.1:4' }
        @{ Name = 'ALL_PROXY'; First = 'http://127.0.0.1:1'; Second = 'http://127.0.0.1:2' }
        @{ Name = 'all_proxy'; First = 'http://127.0.0.1:3'; Second = 'http://127.0.0.1:4' }
        @{ Name = 'NO_PROXY'; First = 'first.example'; Second = 'second.example' }
        @{ Name = 'no_proxy'; First = 'third.example'; Second = 'fourth.example' }
        @{ Name = 'SSL_CERT_FILE'; First = 'first'; Second = 'second' }
        @{ Name = 'SSL_CERT_DIR'; First = 'first'; Second = 'second' }
    )
    $proxies = 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy' | ForEach-Object { @{ Name = $_ } }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
    Import-TestModule
    $emulator = Start-TestEmulator
    $other = Start-TestEmulator -Aside
    $certificates = @{ first = $emulator.Served.ca_file; second = $other.Served.ca_file }

    # What the cmdlets keep a client by, and the client, of the last cmdlet.
    function Get-UsedClient {
        # Refused by the library for its name, so nothing is sent wherever the variables lead.
        $null = Get-DoorkeySecret demo 'no_name' -ErrorAction SilentlyContinue
        $clients = (Get-Command Get-DoorkeyToken).ImplementingType.Assembly.GetType('Doorkey.PowerShell.Clients')
        $clients.GetField('Kept', [System.Reflection.BindingFlags] 'Static, NonPublic').GetValue($null)[0]
    }

    # The id of the error without the class, or the value.
    function Get-Outcome {
        param([hashtable] $Arguments)
        try {
            Get-DoorkeySecret @Arguments -AsPlainText -ErrorAction Stop
        }
        catch {
            $_.FullyQualifiedErrorId.Split(',')[0]
        }
    }
}

AfterAll {
    Stop-TestEmulator $emulator
    Stop-TestEmulator $other
    Clear-TestEnvironment
}

Describe 'A variable of the session' {
    BeforeEach {
        Clear-TestEnvironment
        Use-TestEmulator $emulator
    }

    It 'is on the list of these tests when the library reads it' -TestCases @{ Listed = @($variables | ForEach-Object { $_.Name }) } {
        param($Listed)
        (([Doorkey.Client]::EnvironmentNames | Sort-Object -CaseSensitive) -join ' ') | Should -BeExactly (($Listed | Sort-Object -CaseSensitive) -join ' ')
    }

    It 'counts for the next cmdlet when <Name> is set, changed and removed' -TestCases $variables {
        param($Name, $First, $Second)
        if ($certificates.ContainsKey($First)) {
            $First = $certificates[$First]
            $Second = $certificates[$Second]
        }
        Remove-EnvironmentVariable $Name
        $without = (Get-UsedClient).Value
        [Environment]::SetEnvironmentVariable($Name, $First)
        $with = (Get-UsedClient).Value
        [Environment]::SetEnvironmentVariable($Name, $Second)
        $changed = (Get-UsedClient).Value
        foreach ($pair in @($without, $with), @($with, $changed), @($changed, $without)) {
            [object]::ReferenceEquals($pair[0], $pair[1]) | Should -BeFalse
        }
        [Environment]::SetEnvironmentVariable($Name, $First)
        [object]::ReferenceEquals((Get-UsedClient).Value, $with) | Should -BeTrue
        Remove-EnvironmentVariable $Name
        [object]::ReferenceEquals((Get-UsedClient).Value, $without) | Should -BeTrue
    }

    It 'stays in no memory of the cmdlets when <Name> holds a secret' -TestCases @(
        @{ Name = 'IDENTITY_HEADER'; Value = 'sentinel' }
        @{ Name = 'MSI_SECRET'; Value = 'sentinel' }
        @{ Name = 'HTTPS_PROXY'; Value = 'http://user:sentinel@127.0.0.1:1' }
    ) {
        param($Name, $Value)
        [Environment]::SetEnvironmentVariable($Name, $Value)
        $key = (Get-UsedClient).Key
        # 256 bits, and nothing that could be read back from them.
        [System.Convert]::FromBase64String($key).Length | Should -Be 32
        [System.Text.Encoding]::UTF8.GetString([System.Convert]::FromBase64String($key)) | Should -Not -Match 'sentinel'
    }
}

Describe 'What a variable does' {
    BeforeEach {
        Clear-TestEnvironment
        Use-TestEmulator $emulator
    }

    It 'leads to another identity endpoint' {
        $first = Get-DoorkeyToken $emulator.Audience -AsPlainText
        $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $other.Served.imds
        $second = Get-DoorkeyToken $emulator.Audience -AsPlainText
        $second | Should -Not -BeExactly $first
        $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $emulator.Served.imds
        Get-DoorkeyToken $emulator.Audience -AsPlainText | Should -BeExactly $first
    }

    It 'names another identity, and none when it is removed' {
        $ids = '11111111-2222-3333-4444-555555555555', '00000000-2222-3333-4444-555555555555'
        $several = Start-TestEmulator -With '--no-system-assigned', '--user-assigned', "client-id=$($ids[0])", '--user-assigned', "client-id=$($ids[1])"
        try {
            foreach ($id in $ids) {
                $env:AZURE_CLIENT_ID = $id
                $null = Get-DoorkeyToken $several.Audience
                @(Invoke-Control $several '/log' | ForEach-Object { $_ })[-1].target | Should -Match "client_id=$id"
            }
            Remove-EnvironmentVariable AZURE_CLIENT_ID
            { Get-DoorkeyToken $several.Audience } | Should -Throw -ErrorId 'Doorkey.IdentityAmbiguous*'
        }
        finally {
            Stop-TestEmulator $several
        }
    }

    It 'trusts other certificates, and none of them when it is removed' {
        $wanted = @{ VaultName = 'demo'; Name = 'MyTestSecret' }
        Get-Outcome $wanted | Should -BeExactly 'p@ssw0rd!'
        $env:DOORKEY_CA_FILE = $other.Served.ca_file
        Get-Outcome $wanted | Should -BeExactly 'Doorkey.Tls'
        Remove-EnvironmentVariable DOORKEY_CA_FILE
        Get-Outcome $wanted | Should -BeExactly 'Doorkey.Tls'
        $env:DOORKEY_CA_FILE = $emulator.Served.ca_file
        Get-Outcome $wanted | Should -BeExactly 'p@ssw0rd!'
    }

    It 'replaces the trust store on Linux, by SSL_CERT_FILE' -Skip:(-not (Test-Path /proc/self/maps)) {
        $wanted = @{ VaultName = 'demo'; Name = 'MyTestSecret' }
        Remove-EnvironmentVariable DOORKEY_CA_FILE
        $env:SSL_CERT_FILE = $emulator.Served.ca_file
        Get-Outcome $wanted | Should -BeExactly 'p@ssw0rd!'
        $env:SSL_CERT_FILE = $other.Served.ca_file
        Get-Outcome $wanted | Should -BeExactly 'Doorkey.Tls'
        Remove-EnvironmentVariable SSL_CERT_FILE
        Get-Outcome $wanted | Should -BeExactly 'Doorkey.Tls'
    }

    It 'replaces the trust store on Linux, by SSL_CERT_DIR' -Skip:(-not (Test-Path /proc/self/maps)) {
        $wanted = @{ VaultName = 'demo'; Name = 'MyTestSecret' }
        Remove-EnvironmentVariable DOORKEY_CA_FILE
        foreach ($name in 'first', 'second') {
            $null = New-Item -ItemType Directory (Join-Path $TestDrive $name)
            # The name that OpenSSL's tools would give the file: a hash of eight digits, a dot and a number.
            Copy-Item $certificates[$name] (Join-Path (Join-Path $TestDrive $name) '0123abcd.0')
        }
        $env:SSL_CERT_DIR = Join-Path $TestDrive 'first'
        Get-Outcome $wanted | Should -BeExactly 'p@ssw0rd!'
        $env:SSL_CERT_DIR = Join-Path $TestDrive 'second'
        Get-Outcome $wanted | Should -BeExactly 'Doorkey.Tls'
        Remove-EnvironmentVariable SSL_CERT_DIR
        Get-Outcome $wanted | Should -BeExactly 'Doorkey.Tls'
    }

    It 'completes bare names of vaults, and leaves them to Azure when it is removed' {
        Get-Outcome @{ VaultName = 'demo'; Name = 'MyTestSecret' } | Should -BeExactly 'p@ssw0rd!'
        $null = Invoke-Control $other '/secret' @{ name = 'only-there'; value = 'x' }
        $env:DOORKEY_VAULT_SUFFIX = $other.Served.vault_suffix
        $env:DOORKEY_CA_FILE = $other.Served.ca_file
        $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $other.Served.imds
        Get-Outcome @{ VaultName = 'demo'; Name = 'only-there' } | Should -BeExactly 'x'
        Remove-EnvironmentVariable DOORKEY_VAULT_SUFFIX
        # The way to vault.azure.net then leads into a proxy that refuses, on this machine.
        $env:HTTPS_PROXY = 'http://127.0.0.1:1'
        Get-Outcome @{ VaultName = 'demo'; Name = 'only-there' } | Should -BeExactly 'Doorkey.Proxy'
        $asked = @(Invoke-Control $other '/log' | ForEach-Object { $_ } | Where-Object { $_.endpoint -eq 'token' })[-1].target
        $asked | Should -Match 'resource=https%3A%2F%2Fvault\.azure\.net'
    }

    # 0.0.0.0 is this machine and no loopback literal, so it is proxied; without a proxy the emulator answers there with another name's certificate.
    It 'sends requests through <Name>' -TestCases $proxies {
        param($Name)
        $wanted = @{ VaultUri = 'https://0.0.0.0:' + $emulator.Served.vault_port; Name = 'MyTestSecret'; TimeoutSec = 5 }
        $direct = 'Doorkey.Tls', 'Doorkey.Network', 'Doorkey.Timeout'
        [Environment]::SetEnvironmentVariable($Name, 'http://127.0.0.1:1')
        Get-Outcome $wanted | Should -BeExactly 'Doorkey.Proxy'
        [Environment]::SetEnvironmentVariable($Name, 'ftp://127.0.0.1:1')
        Get-Outcome $wanted | Should -BeExactly 'Doorkey.Unsupported'
        Remove-EnvironmentVariable $Name
        $direct -ccontains (Get-Outcome $wanted) | Should -BeTrue
    }

    It 'exempts hosts from the proxy by <Name>' -TestCases @(@{ Name = 'NO_PROXY' }, @{ Name = 'no_proxy' }) {
        param($Name)
        $wanted = @{ VaultUri = 'https://0.0.0.0:' + $emulator.Served.vault_port; Name = 'MyTestSecret'; TimeoutSec = 5 }
        $direct = 'Doorkey.Tls', 'Doorkey.Network', 'Doorkey.Timeout'
        $env:HTTPS_PROXY = 'http://127.0.0.1:1'
        [Environment]::SetEnvironmentVariable($Name, '0.0.0.0')
        $direct -ccontains (Get-Outcome $wanted) | Should -BeTrue
        [Environment]::SetEnvironmentVariable($Name, 'elsewhere.example')
        Get-Outcome $wanted | Should -BeExactly 'Doorkey.Proxy'
        [Environment]::SetEnvironmentVariable($Name, '0.0.0.0')
        $direct -ccontains (Get-Outcome $wanted) | Should -BeTrue
        Remove-EnvironmentVariable $Name
        Get-Outcome $wanted | Should -BeExactly 'Doorkey.Proxy'
    }
}
