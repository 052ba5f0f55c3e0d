# A variable that is set, changed or removed in a session counts for the next cmdlet: each that the library reads.
# What leaves no trace without a byte beyond loopback is seen by the client that the cmdlets keep (its key); the rest by what happens.

BeforeDiscovery {
    # Two values for each variable, so that "changed" is something else than "set".
    $variables = @(
        @{ Name = 'AZURE_POD_IDENTITY_AUTHORITY_HOST'; First = 'http://127.0.0.1:1'; Second = 'http://127.0.0.1:2' }
        @{ Name = 'AZURE_CLIENT_ID'; First = '11111111-2222-3333-4444-555555555555'; Second = '00000000-2222-3333-4444-555555555555' }
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

    # The variables of the client that served the last cmdlet, as "name=value".
    function Get-UsedVariable {
        # Refused for its name, so nothing is sent wherever the variables lead.
        $null = Get-DoorkeySecret demo '../nothing' -ErrorAction SilentlyContinue
        $clients = (Get-Command Get-DoorkeyToken).ImplementingType.Assembly.GetType('Doorkey.PowerShell.Clients')
        $kept = $clients.GetField('Kept', [System.Reflection.BindingFlags] 'Static, NonPublic').GetValue($null)
        $parts = $kept[0].Key.Split([char] 0)
        for ($index = 3; $index -lt $parts.Count; $index += 2) {
            $parts[$index] + '=' + $parts[$index + 1]
        }
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

    It 'is on the list of these tests when the library reads it' {
        $listed = 'AZURE_POD_IDENTITY_AUTHORITY_HOST', 'AZURE_CLIENT_ID', 'DOORKEY_CA_FILE', 'DOORKEY_VAULT_SUFFIX', 'HTTPS_PROXY', 'https_proxy',
            'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy', 'SSL_CERT_FILE', 'SSL_CERT_DIR'
        (([Doorkey.Client]::EnvironmentNames | Sort-Object -CaseSensitive) -join ' ') | Should -BeExactly (($listed | Sort-Object -CaseSensitive) -join ' ')
    }

    It 'counts for the next cmdlet when <Name> is set, changed and removed' -TestCases $variables {
        param($Name, $First, $Second)
        if ($certificates.ContainsKey($First)) {
            $First = $certificates[$First]
            $Second = $certificates[$Second]
        }
        [Environment]::SetEnvironmentVariable($Name, $First)
        @(Get-UsedVariable) -ccontains "$Name=$First" | Should -BeTrue
        [Environment]::SetEnvironmentVariable($Name, $Second)
        @(Get-UsedVariable) -ccontains "$Name=$Second" | Should -BeTrue
        Remove-EnvironmentVariable $Name
        @(Get-UsedVariable | Where-Object { $_ -clike "$Name=*" }).Count | Should -Be 0
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
