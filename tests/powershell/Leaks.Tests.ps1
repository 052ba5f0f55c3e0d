# No value anywhere it was not asked for: streams, errors, transcripts, serialised objects. A sentinel is looked for in all of it.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
    Import-TestModule
    $sentinel = 'sentinel-' + [guid]::NewGuid().ToString('n')
    $emulator = Start-TestEmulator
    $null = Invoke-Control $emulator '/secret' @{ name = 'guarded'; value = $sentinel }
    $token = Get-DoorkeyToken $emulator.Audience -AsPlainText

    # Everything that a command says, on all streams, with verbose and debug messages.
    function Get-Everything {
        param([scriptblock] $Command)
        & {
            $VerbosePreference = 'Continue'
            $DebugPreference = 'Continue'
            $InformationPreference = 'Continue'
            & $Command
        } *>&1
    }

    function Assert-NoValue {
        param([string] $Text)
        $Text | Should -Not -BeNullOrEmpty
        $Text.Contains($sentinel) | Should -BeFalse
        $Text.Contains($token) | Should -BeFalse
        # Not as UTF-16 in hexadecimal digits either, which is what ConvertFrom-SecureString makes off Windows.
        $hex = -join ([System.Text.Encoding]::Unicode.GetBytes($sentinel) | ForEach-Object { $_.ToString('x2') })
        $Text.ToLowerInvariant().Contains($hex) | Should -BeFalse
    }

    # An object in every form that logs and views give it.
    function Format-Everything {
        param($Object)
        $Object | Out-String -Width 4000
        $Object | Format-List * -Force | Out-String -Width 4000
        $Object | Format-Table * -Force | Out-String -Width 4000
        $Object | Format-Custom * | Out-String -Width 4000
        $Object | ConvertTo-Json -Depth 2 -WarningAction SilentlyContinue
        "$Object"
        $Object | Select-Object * | Out-String -Width 4000
        $Object | ConvertTo-Csv | Out-String -Width 4000
    }
}

AfterAll {
    Stop-TestEmulator $emulator
    Clear-TestEnvironment
}

Describe 'A value' {
    BeforeEach {
        $Error.Clear()
        $null = Invoke-Control $emulator '/faults/clear' @{}
    }

    It 'is on no stream, verbose and debug included' {
        $said = Get-Everything { Get-DoorkeySecret demo guarded -Verbose -Debug; Get-DoorkeyToken $emulator.Audience -Verbose -Debug }
        Assert-NoValue ($said | Out-String -Width 4000)
        ($said | Out-String) | Should -Match 'guarded'
    }

    It 'is in no form of an object, unless the property is opened' {
        foreach ($object in (Get-DoorkeySecret demo guarded), (Get-DoorkeyToken $emulator.Audience)) {
            Assert-NoValue ((Format-Everything $object) -join "`n")
        }
    }

    It 'is in no error when the vault refuses' {
        foreach ($status in 401, 403, 404, 429) {
            $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; status = $status; times = 20; headers = @{ 'Retry-After' = '100' } }
            $said = Get-Everything { Get-DoorkeySecret demo guarded -TimeoutSec 20 -ErrorAction Continue }
            $null = Invoke-Control $emulator '/faults/clear' @{}
            Assert-NoValue ($said | Out-String -Width 4000)
            $Error.Count | Should -BeGreaterThan 0
            Assert-NoValue ((Format-Everything $Error[0]) -join "`n")
            Assert-NoValue (($Error[0].Exception | Format-List * -Force | Out-String -Width 4000) + $Error[0].TargetObject)
            $Error.Clear()
        }
    }

    It 'is in no error when a server repeats the Authorization header' {
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; echo = $true; times = 20 }
        $said = Get-Everything { Get-DoorkeySecret demo guarded -ErrorAction Continue }
        Assert-NoValue ($said | Out-String -Width 4000)
        Assert-NoValue ((Format-Everything $Error[0]) -join "`n")
    }

    It 'is in no error when the callers own token is refused' {
        $own = [System.Net.NetworkCredential]::new('', $sentinel).SecurePassword
        $said = Get-Everything { Get-DoorkeySecret demo guarded -AccessToken $own -ErrorAction Continue }
        Assert-NoValue ($said | Out-String -Width 4000)
        Assert-NoValue ((Format-Everything $Error[0]) -join "`n")
    }

    It 'is in no error when the answer is cut off after it' {
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; body = '{"value":"' + $sentinel + '"'; content_type = 'application/json'; times = 20 }
        $said = Get-Everything { Get-DoorkeySecret demo guarded -ErrorAction Continue }
        Assert-NoValue ($said | Out-String -Width 4000)
        Assert-NoValue ((Format-Everything $Error[0]) -join "`n")
    }

    It 'is in no transcript' {
        $file = Join-Path $TestDrive 'transcript.txt'
        $script = @'
Import-Module '{0}'
$null = Start-Transcript -Path '{1}'
$VerbosePreference = 'Continue'
$DebugPreference = 'Continue'
$secret = Get-DoorkeySecret demo guarded -Verbose -Debug
$secret
$secret | Format-List *
"secret=$secret value=$($secret.SecretValue)"
$token = Get-DoorkeyToken {2} -Verbose
$token
Get-DoorkeySecret demo not-there
$null = Stop-Transcript
'@ -f (Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.psd1'), $file, $emulator.Audience
        $said = Invoke-Fresh $script
        Assert-NoValue ($said -join "`n")
        $transcript = [System.IO.File]::ReadAllText($file)
        $transcript | Should -Match 'guarded'
        $transcript | Should -Match 'not-there'
        Assert-NoValue $transcript
    }
}
