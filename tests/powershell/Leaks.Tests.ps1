# No value anywhere it was not asked for: streams, errors, transcripts, serialised objects. A sentinel is looked for in all of it, and what
# hosts prove rights by.

BeforeDiscovery {
    # How often the endpoint is asked before it gets what it repeats: the agent of Arc gives a key only then.
    $machines = @{ Machine = 'app-service'; Skip = 0 }, @{ Machine = 'service-fabric'; Skip = 0 }, @{ Machine = 'workload-identity'; Skip = 0 },
        @{ Machine = 'azure-ml'; Skip = 0 }, @{ Machine = 'arc'; Skip = 1 }
}

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

Describe 'A value that is set, listed, changed or kept' {
    BeforeAll {
        $secure = ConvertTo-Secure $sentinel
        $hour = [timespan]::FromHours(1)
        $script:calls = @(
            { Set-DoorkeySecret demo guarded-set $secure -Tag @{ a = 'b' } -Verbose -Debug }
            { Set-DoorkeySecret demo guarded-set $secure -WhatIf -Verbose -Debug }
            { Set-DoorkeySecret demo guarded-set $secure -Confirm:$false -Verbose -Debug }
            { Get-DoorkeySecret demo guarded | Set-DoorkeySecret demo -Verbose -Debug }
            { Update-DoorkeySecret demo guarded-set -ContentType x -PassThru -Verbose -Debug }
            { Get-DoorkeySecretInfo demo 'guarded*' -IncludeVersions -Verbose -Debug }
            { 'guarded', 'guarded-set', 'no-such' | Get-DoorkeySecret demo -MaxAge $hour -StaleIfError $hour -Verbose -Debug -ErrorAction Continue }
            { Backup-DoorkeySecret demo guarded-set (Join-Path $TestDrive 'guarded.backup') -Force -Verbose -Debug }
            { Remove-DoorkeySecret demo guarded-set -Force -PassThru -Verbose -Debug }
            { Undo-DoorkeySecretRemoval demo guarded-set -Verbose -Debug }
            { Remove-DoorkeySecret demo guarded-set -Force -Verbose -Debug; Remove-DoorkeySecret demo guarded-set -InRemovedState -Force -Verbose -Debug; 'guarded-set purged' }
            { Restore-DoorkeySecret demo (Join-Path $TestDrive 'guarded.backup') -Verbose -Debug }
            { Clear-DoorkeyCache -Verbose -Debug; 'guarded cleared' }
        )
    }

    BeforeEach {
        $Error.Clear()
        $null = Invoke-Control $emulator '/faults/clear' @{}
    }

    It 'is on no stream of any cmdlet, and in no form of what it puts out' {
        foreach ($call in $calls) {
            $said = @(Get-Everything $call)
            # What -WhatIf says is on no stream.
            Assert-NoValue (($said | Out-String -Width 4000) + 'said')
            foreach ($one in $said) {
                Assert-NoValue ((Format-Everything $one) -join "`n")
            }
            foreach ($record in $Error) {
                Assert-NoValue ((Format-Everything $record) -join "`n")
            }
        }
    }

    It 'is in no error of any cmdlet when a server repeats the request with <Status>' -TestCases @(@{ Status = 400 }, @{ Status = 403 }, @{ Status = 409 }) {
        param($Status)
        [System.IO.File]::WriteAllText((Join-Path $TestDrive 'guarded.backup'), 'x')
        $refused = 0
        foreach ($call in $calls) {
            $Error.Clear()
            $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; status = $Status; echo = $true; times = $null }
            $said = @(Get-Everything { try { & $call } catch { $_ } })
            $null = Invoke-Control $emulator '/faults/clear' @{}
            Assert-NoValue (($said | Out-String -Width 4000) + 'said')
            foreach ($record in $Error) {
                $refused++
                Assert-NoValue ((Format-Everything $record) -join "`n")
                Assert-NoValue (($record.Exception | Format-List * -Force | Out-String -Width 4000) + "$($record.TargetObject)$($record.ErrorDetails.Message)$($record.ErrorDetails.RecommendedAction)")
            }
        }
        $refused | Should -BeGreaterThan 9
    }

    It 'is in no error when the answer is its own request' {
        $body = '{"error":{"code":"BadParameter","message":"' + $sentinel + '"}}'
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; status = 200; body = $body; content_type = 'application/json'; times = 20 }
        $said = Get-Everything { Set-DoorkeySecret demo guarded-set $secure -ErrorAction Continue }
        Assert-NoValue ($said | Out-String -Width 4000)
        Assert-NoValue ((Format-Everything $Error[0]) -join "`n")
    }

    It 'is in no error when it is refused before it is sent' {
        foreach ($text in ($sentinel * 700), "$sentinel$([char] 0xD800)") {
            $value = [System.Security.SecureString]::new()
            $text.ToCharArray() | ForEach-Object { $value.AppendChar($_) }
            $Error.Clear()
            $said = Get-Everything { Set-DoorkeySecret demo guarded-set $value -ErrorAction Continue }
            Assert-NoValue ($said | Out-String -Width 4000)
            $Error.Count | Should -Be 1
            Assert-NoValue ((Format-Everything $Error[0]) -join "`n")
        }
    }

    It 'is nowhere but in the output with -AsPlainText' {
        $said = Get-Everything { $null = 'guarded', 'no-such' | Get-DoorkeySecret demo -AsPlainText -Verbose -Debug -ErrorAction Continue }
        Assert-NoValue ($said | Out-String -Width 4000)
    }

    It 'is in no progress' {
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; hold = $true; times = 1 }
        $shell = [powershell]::Create()
        $script = 'param($Manifest, $Value) Import-Module $Manifest; $null = Set-DoorkeySecret demo guarded-set $Value; $null = Get-DoorkeySecret demo guarded-set'
        $null = $shell.AddScript($script).AddArgument((Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.psd1')).AddArgument($secure)
        $running = $shell.BeginInvoke()
        Wait-Until { $shell.Streams.Progress.Count -gt 0 }
        $null = Invoke-Control $emulator '/hold/release' @{}
        $null = $shell.EndInvoke($running)
        Assert-NoValue ($shell.Streams.Progress | ForEach-Object { "$_" } | Out-String -Width 4000)
        $shell.Dispose()
    }

    It 'is in no transcript of any cmdlet' {
        $file = Join-Path $TestDrive 'transcript-all.txt'
        $script = @'
Import-Module '{0}'
$secure = [System.Security.SecureString]::new()
[Console]::In.ReadLine().ToCharArray() | ForEach-Object {{ $secure.AppendChar($_) }}
$null = Start-Transcript -Path '{1}'
$VerbosePreference = 'Continue'
$DebugPreference = 'Continue'
Set-DoorkeySecret demo guarded-script $secure
Get-DoorkeySecretInfo demo 'guarded*' | Get-DoorkeySecret -MaxAge 01:00:00 | Format-List *
Update-DoorkeySecret demo guarded-script -Enable $false -PassThru
Get-DoorkeySecret demo guarded-script
Backup-DoorkeySecret demo guarded-script '{2}'
Remove-DoorkeySecret demo guarded-script -Force -PassThru
Undo-DoorkeySecretRemoval demo guarded-script
$Error | Format-List * -Force
$null = Stop-Transcript
'@ -f (Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.psd1'), $file, (Join-Path $TestDrive 'transcript.backup')
        $said = Invoke-Fresh $script -Line $sentinel
        Assert-NoValue ($said -join "`n")
        $transcript = [System.IO.File]::ReadAllText($file)
        $transcript | Should -Match 'guarded-script'
        $transcript | Should -Match 'SecretDisabled'
        Assert-NoValue $transcript
    }
}

Describe 'A backup' {
    BeforeEach {
        $Error.Clear()
        $null = Invoke-Control $emulator '/faults/clear' @{}
    }

    It 'is on no stream and in no error, as text or as bytes' {
        $text = [Convert]::ToBase64String([System.Text.Encoding]::ASCII.GetBytes($sentinel)).TrimEnd('=').Replace('+', '-').Replace('/', '_')
        $body = "{`"value`":`"$text`"}"
        $file = Join-Path $TestDrive 'sentinel.backup'
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; status = 200; body = $body; content_type = 'application/json' }
        $said = Get-Everything { Backup-DoorkeySecret demo guarded $file -Verbose -Debug } | Out-String -Width 4000
        # A vault that repeats it as its reason.
        $reason = "{`"error`":{`"code`":`"$text`",`"message`":`"$text`"}}"
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; status = 400; body = $reason; content_type = 'application/json' }
        $said += Get-Everything { Restore-DoorkeySecret demo $file -Verbose -Debug -ErrorAction Continue } | Out-String -Width 4000
        $said += $Error | ForEach-Object { Format-Everything $_ } | Out-String -Width 4000
        Assert-NoValue $said
        $said.Contains($text) | Should -BeFalse
    }
}

Describe 'What the host <Machine> proves rights by' -ForEach $machines {
    BeforeAll {
        Clear-TestEnvironment
        $played = $null
        if (Test-Playable $Machine) {
            $played = Start-TestEmulator -With '--source', $Machine
        }

        function Assert-NoProof {
            param([string] $Text)
            $Text | Should -Not -BeNullOrEmpty
            $proofs = @(Get-Proof $played)
            $proofs.Count | Should -BeGreaterThan 0
            foreach ($proof in $proofs) {
                $Text.Contains($proof) | Should -BeFalse
            }
        }

        # An error with all that hangs on it.
        function Format-Failure {
            param($Record)
            (Format-Everything $Record) -join "`n"
            $Record.Exception | Format-List * -Force | Out-String -Width 4000
            "$($Record.Exception)$($Record.TargetObject)$($Record.ErrorDetails.Message)$($Record.ErrorDetails.RecommendedAction)"
        }
    }

    AfterAll {
        Stop-TestEmulator $played
        Clear-TestEnvironment
    }

    BeforeEach {
        if (-not $played) {
            Set-ItResult -Skipped -Because "the folder of Arc's keys cannot be written to"
        }
        $Error.Clear()
        $null = Invoke-Control $played '/faults/clear' @{}
    }

    It 'is on no stream and in no output' {
        $said = Get-Everything { Get-DoorkeyToken $played.Audience -ForceRefresh -Verbose -Debug; Get-DoorkeySecret demo MyTestSecret -Verbose -Debug }
        Assert-NoProof ($said | Out-String -Width 4000)
        ($said | Out-String) | Should -Match 'MyTestSecret'
        foreach ($object in (Get-DoorkeyToken $played.Audience), (Get-DoorkeySecret demo MyTestSecret)) {
            Assert-NoProof ((Format-Everything $object) -join "`n")
        }
    }

    It 'is in no error when the endpoint repeats the request with <Status>' -TestCases @(@{ Status = 400 }, @{ Status = 401 }, @{ Status = 403 }) {
        param($Status)
        foreach ($call in { Get-DoorkeyToken $played.Audience -ForceRefresh -Verbose -Debug }, { Get-DoorkeySecret demo MyTestSecret -ForceRefresh -Verbose -Debug }) {
            $Error.Clear()
            $null = Invoke-Control $played '/faults/clear' @{}
            $null = Invoke-Control $played '/fault' @{ endpoint = 'token'; status = $Status; echo = $true; skip = $Skip; times = 20 }
            $said = Get-Everything { try { & $call } catch { $_ } }
            $Error.Count | Should -BeGreaterThan 0
            $Error[0].Exception.HttpStatus | Should -Be $Status
            Assert-NoProof ($said | Out-String -Width 4000)
            foreach ($record in $Error) {
                Assert-NoProof ((Format-Failure $record) -join "`n")
            }
        }
    }

    It 'is in no error when the endpoint repeats it as its reason' {
        $secrets = Invoke-Control $played '/machine/secrets'
        $proof = "$($secrets.secret_header)$($secrets.assertion)"
        if ($Machine -eq 'arc') {
            # The agent's next key is not known before it is asked, so the agent is made to name one of ours.
            $proof = 'sentinel-key'
            $folder = '/var/opt/azcmagent/tokens'
            if ($env:ProgramData) {
                $folder = Join-Path $env:ProgramData 'AzureConnectedMachineAgent\Tokens'
            }
            $key = Join-Path $folder 'ours.key'
            [System.IO.File]::WriteAllText($key, $proof)
            $null = Invoke-Control $played '/fault' @{ endpoint = 'token'; status = 401; headers = @{ 'WWW-Authenticate' = 'Basic realm=/x/ours.key' } }
        }
        $proof | Should -Not -BeNullOrEmpty
        $body = ConvertTo-Json @{ error = $proof; error_description = "not $proof"; message = $proof; trace_id = $proof } -Compress
        $null = Invoke-Control $played '/fault' @{ endpoint = 'token'; status = 400; body = $body; headers = @{ 'x-ms-request-id' = $proof } }
        try {
            $said = Get-Everything { try { Get-DoorkeyToken $played.Audience -ForceRefresh -Verbose -Debug } catch { $_ } }
        }
        finally {
            if ($key) {
                Remove-Item $key
            }
        }
        $Error[0].Exception.HttpStatus | Should -Be 400
        $text = ($said | Out-String -Width 4000) + ((Format-Failure $Error[0]) -join "`n")
        $text.Contains($proof) | Should -BeFalse
        Assert-NoProof $text
    }

    It 'is in no transcript and no history' {
        $null = Invoke-Control $played '/fault' @{ endpoint = 'token'; status = 400; echo = $true; skip = $Skip; times = 1 }
        $file = Join-Path $TestDrive "transcript-$Machine.txt"
        $script = @'
Import-Module '{0}'
$null = Start-Transcript -Path '{1}'
$VerbosePreference = 'Continue'
$DebugPreference = 'Continue'
$settings = New-Object System.Management.Automation.PSInvocationSettings
$settings.AddToHistory = $true
foreach ($line in 'Get-DoorkeyToken {2} -ErrorAction Continue', 'Get-DoorkeySecret demo MyTestSecret', 'Get-DoorkeySecret demo not-there') {{
    try {{ Invoke-Expression $line }} catch {{ $_ | Out-String }}
}}
$own = [powershell]::Create()
$null = $own.AddScript("Import-Module '{0}'; Get-DoorkeyToken {2} -Verbose")
$null = $own.Invoke($null, $settings)
$own.Commands.Clear()
'history=' + ($own.AddCommand('Get-History').Invoke() | Format-List * -Force | Out-String)
$own.Dispose()
$Error | Format-List * -Force
$null = Stop-Transcript
'@ -f (Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.psd1'), $file, $played.Audience
        $said = (Invoke-Fresh $script) -join "`n"
        $said | Should -Match '(?s)history=.*Get-DoorkeyToken'
        Assert-NoProof $said
        $transcript = [System.IO.File]::ReadAllText($file)
        $transcript | Should -Match 'HTTP 400'
        $transcript | Should -Match 'not-there'
        Assert-NoProof $transcript
    }

    It 'is in nothing that the cmdlets keep' {
        $null = Get-DoorkeyToken $played.Audience
        $clients = (Get-Command Get-DoorkeyToken).ImplementingType.Assembly.GetType('Doorkey.PowerShell.Clients')
        $kept = $clients.GetField('Kept', [System.Reflection.BindingFlags] 'Static, NonPublic').GetValue($null)
        $kept.Count | Should -BeGreaterThan 0
        Assert-NoProof (($kept | ForEach-Object { $_.Key }) -join "`n")
    }
}
