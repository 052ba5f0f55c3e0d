# Every kind of Azure host: the cmdlets work on it by nothing but its variables, and go over to another when the variables do.
# How each protocol is spoken is the native library's, with tests of its own; what is refused is Sources.Tests.ps1's.

BeforeDiscovery {
    $machines = 'imds', 'app-service', 'functions', 'container-apps', 'automation', 'hybrid-worker', 'arc', 'arc-kubernetes', 'cloud-shell',
        'service-fabric', 'azure-ml', 'workload-identity', 'app-service-2017' | ForEach-Object { @{ Machine = $_ } }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
}

AfterAll {
    Clear-TestEnvironment
}

Describe 'The list of hosts' {
    It 'is the emulators' -TestCases @{ Listed = @($machines | ForEach-Object { $_.Machine }) } {
        param($Listed)
        $start = New-Object System.Diagnostics.ProcessStartInfo $env:DOORKEY_EMULATOR, 'serve --source nothing'
        $start.RedirectStandardError = $true
        $start.UseShellExecute = $false
        $process = [System.Diagnostics.Process]::Start($start)
        $said = $process.StandardError.ReadToEnd()
        $process.WaitForExit()
        $process.Dispose()
        $said.Contains('must be one of ' + ($Listed -join ', ')) | Should -BeTrue -Because $said
    }
}

Describe 'A script on the host <Machine>' -ForEach $machines {
    BeforeAll {
        Clear-TestEnvironment
        $emulator = $null
        $asked = @{}
        if (Test-Playable $Machine) {
            $emulator = Start-TestEmulator -With '--source', $Machine
            $source = $emulator.Served.source
            # The one source that is never found: its variables are also another's.
            if ($source -eq 'app-service-2017') {
                $asked = @{ Source = $source }
            }
        }
    }

    AfterAll {
        Stop-TestEmulator $emulator
        Clear-TestEnvironment
    }

    BeforeEach {
        if (-not $emulator) {
            Set-ItResult -Skipped -Because "the folder of Arc's keys cannot be written to"
        }
    }

    It 'gets a token, and says where from' {
        $token = Get-DoorkeyToken $emulator.Audience @asked
        $token.Source | Should -BeExactly $source
        $token.Resource | Should -BeExactly $emulator.Audience
        $token.ExpiresOn | Should -BeGreaterThan ([System.DateTimeOffset]::UtcNow)
        ($token | Out-String) | Should -Match "Source +: $source"
        @(Get-TokenRequest $emulator)[-1].status | Should -Be 200
    }

    It 'gets a token that the vault accepts' {
        $token = Get-DoorkeyToken $emulator.Audience @asked
        Get-DoorkeySecret demo MyTestSecret -AccessToken $token.Token -AsPlainText | Should -BeExactly 'p@ssw0rd!'
    }

    It 'reads a secret' {
        Get-DoorkeySecret demo MyTestSecret -AsPlainText @asked | Should -BeExactly 'p@ssw0rd!'
        ConvertTo-Text (Get-DoorkeySecret demo MyTestSecret @asked).SecretValue | Should -BeExactly 'p@ssw0rd!'
    }

    It 'may ask for its source by name, in any case' {
        $token = Get-DoorkeyToken $emulator.Audience -Source $source.ToUpperInvariant() -ForceRefresh
        $token.Source | Should -BeExactly $source
        Get-DoorkeySecret demo MyTestSecret -AsPlainText -Source $source | Should -BeExactly 'p@ssw0rd!'
    }

    It 'says with -Verbose which source was asked for' {
        $said = Get-DoorkeyToken $emulator.Audience -Source $source -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        "$($said[0])" | Should -BeLike "* of the source $source alone"
        "$($said[1])" | Should -BeLike "*token for $($emulator.Audience) from $source,*"
    }

    It 'gets another token with -ForceRefresh, and the same one without' {
        $null = Get-DoorkeyToken $emulator.Audience @asked
        $before = (Invoke-Control $emulator '/requests').token
        $null = Get-DoorkeyToken $emulator.Audience @asked
        (Invoke-Control $emulator '/requests').token | Should -Be $before
        $null = Get-DoorkeyToken $emulator.Audience -ForceRefresh @asked
        (Invoke-Control $emulator '/requests').token | Should -BeGreaterThan $before
    }

    It 'gets another token with -Claims, whatever the source makes of them' {
        $claims = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
        $before = (Invoke-Control $emulator '/requests').token
        (Get-DoorkeyToken $emulator.Audience -Claims $claims @asked).Source | Should -BeExactly $source
        (Invoke-Control $emulator '/requests').token | Should -BeGreaterThan $before
        $last = @(Get-TokenRequest $emulator)[-1]
        ($last.target + $last.body).Contains([uri]::EscapeDataString('"essential":true')) | Should -Be ($source -eq 'workload-identity')
    }
}

Describe 'A session' {
    BeforeEach {
        Clear-TestEnvironment
    }

    It 'goes over to another host when the variables do, and back' {
        $words = 'imds', 'app-service', 'cloud-shell', 'service-fabric', 'workload-identity', 'azure-ml'
        $emulators = @($words | ForEach-Object { Start-TestEmulator -With '--source', $_ -Aside })
        try {
            $first = @{}
            foreach ($emulator in $emulators) {
                Clear-TestEnvironment
                Use-TestEmulator $emulator
                $first[$emulator.Served.host] = Get-DoorkeyToken $emulator.Audience -AsPlainText
                (Get-DoorkeyToken $emulator.Audience).Source | Should -BeExactly $emulator.Served.source
                Get-DoorkeySecret demo MyTestSecret -AsPlainText | Should -BeExactly 'p@ssw0rd!'
            }
            @($first.Values | Select-Object -Unique).Count | Should -Be $words.Count
            foreach ($emulator in $emulators) {
                Clear-TestEnvironment
                Use-TestEmulator $emulator
                $before = Get-Traffic $emulator
                Get-DoorkeyToken $emulator.Audience -AsPlainText | Should -BeExactly $first[$emulator.Served.host]
                Get-Traffic $emulator | Should -BeExactly $before
                $null = Get-DoorkeyToken $emulator.Audience -ForceRefresh
                (Invoke-Control $emulator '/requests').token | Should -Be 2
            }
        }
        finally {
            $emulators | ForEach-Object { Stop-TestEmulator $_ }
        }
    }

    It 'takes up a secret that its host has renewed' {
        $emulator = Start-TestEmulator -With '--source', 'app-service'
        try {
            $null = Get-DoorkeyToken $emulator.Audience
            $null = Invoke-Control $emulator '/secret-header/rotate' @{}
            $failure = Get-Failure { Get-DoorkeyToken $emulator.Audience -ForceRefresh }
            $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.IdentityRefused,*'
            $env:IDENTITY_HEADER = (Invoke-Control $emulator '/machine/secrets').secret_header
            (Get-DoorkeyToken $emulator.Audience -ForceRefresh).Source | Should -BeExactly 'app-service'
        }
        finally {
            Stop-TestEmulator $emulator
        }
    }

    It 'takes up a federated token that its cluster has renewed' {
        $emulator = Start-TestEmulator -With '--source', 'workload-identity'
        try {
            $null = Get-DoorkeyToken $emulator.Audience
            $null = Invoke-Control $emulator '/assertion/rotate' @{}
            (Get-DoorkeyToken $emulator.Audience -ForceRefresh).Source | Should -BeExactly 'workload-identity'
        }
        finally {
            Stop-TestEmulator $emulator
        }
    }

    It 'asks a token proxy when its cluster names one' {
        $emulator = Start-TestEmulator -With '--source', 'workload-identity', '--token-proxy'
        try {
            $env:AZURE_KUBERNETES_TOKEN_PROXY | Should -Not -BeNullOrEmpty
            (Get-DoorkeyToken $emulator.Audience).Source | Should -BeExactly 'workload-identity'
            Get-DoorkeySecret demo MyTestSecret -AsPlainText | Should -BeExactly 'p@ssw0rd!'
        }
        finally {
            Stop-TestEmulator $emulator
        }
    }
}
