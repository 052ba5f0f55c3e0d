# Ctrl+C: a cmdlet that waits ends at once, `finally` blocks run, nothing more is written, and the next call works.
# The emulator holds the request, so only the stop can end the wait.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
    Import-TestModule
    $emulator = Start-TestEmulator
    $manifest = Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.psd1'
}

AfterAll {
    Stop-TestEmulator $emulator
    Clear-TestEnvironment
}

Describe 'A stopped pipeline' {
    AfterEach {
        $null = Invoke-Control $emulator '/hold/release' @{}
        $null = Invoke-Control $emulator '/faults/clear' @{}
    }

    It 'ends a waiting cmdlet, runs finally blocks and writes no error' -TestCases @(
        @{ Endpoint = 'vault'; Line = 'Get-DoorkeySecret demo MyTestSecret' }
        @{ Endpoint = 'vault'; Line = '"MyTestSecret", "x", "y" | Get-DoorkeySecret demo -ErrorAction SilentlyContinue' }
        @{ Endpoint = 'vault'; Line = 'Get-DoorkeySecretInfo demo' }
        @{ Endpoint = 'vault'; Line = 'Set-DoorkeySecret demo set ([System.Security.SecureString]::new()) -AllowEmptyValue' }
        @{ Endpoint = 'vault'; Line = 'Update-DoorkeySecret demo MyTestSecret -Enable $true' }
        @{ Endpoint = 'vault'; Line = 'Remove-DoorkeySecret demo no-such -Force' }
        @{ Endpoint = 'vault'; Line = 'Undo-DoorkeySecretRemoval demo no-such' }
        @{ Endpoint = 'vault'; Line = 'Backup-DoorkeySecret demo MyTestSecret' }
        @{ Endpoint = 'token'; Line = 'Get-DoorkeyToken https://storage.azure.com/ -ForceRefresh' }
    ) {
        param($Endpoint, $Line)
        $null = Invoke-Control $emulator '/fault' @{ endpoint = $Endpoint; hold = $true; times = 1 }
        $seen = [System.Collections.Generic.List[string]]::new()
        $shell = [powershell]::Create()
        $null = $shell.AddScript("param(`$Manifest, `$Seen) Import-Module `$Manifest; try { $Line; `$Seen.Add('after') } finally { `$Seen.Add('finally') }").AddArgument($manifest).AddArgument($seen)
        $running = $shell.BeginInvoke()
        $null = Invoke-Control $emulator '/hold/wait?count=1'
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $watch.Stop()
        Write-Verbose "stopped after $($watch.Elapsed.TotalMilliseconds) ms"
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $seen -join ' ' | Should -BeExactly 'finally'
        $shell.Streams.Error.Count | Should -Be 0
        # A stop that only waited for the request to end would take until the release, which comes later.
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 20
        $running.IsCompleted | Should -BeTrue
        $shell.Dispose()
    }

    It 'ends the wait for a deletion that Key Vault has accepted' {
        $null = Invoke-Control $emulator '/secret' @{ name = 'lagging'; value = 'x' }
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; hold = $true; times = 1; method = 'GET'; target_contains = '/deletedsecrets/' }
        $shell = [powershell]::Create()
        $null = $shell.AddScript("param(`$Manifest) Import-Module `$Manifest; Remove-DoorkeySecret demo lagging -Force").AddArgument($manifest)
        $null = $shell.BeginInvoke()
        $null = Invoke-Control $emulator '/hold/wait?count=1'
        $shell.Stop()
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $shell.Streams.Error.Count | Should -Be 0
        $shell.Dispose()
    }

    It 'leaves no file of a backup' {
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'stopped')).FullName
        $file = Join-Path $folder 'stopped.backup'
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; hold = $true; times = 1 }
        $shell = [powershell]::Create()
        $null = $shell.AddScript("param(`$Manifest, `$File) Import-Module `$Manifest; Backup-DoorkeySecret demo MyTestSecret `$File").AddArgument($manifest).AddArgument($file)
        $null = $shell.BeginInvoke()
        $null = Invoke-Control $emulator '/hold/wait?count=1'
        $shell.Stop()
        $shell.Dispose()
        @(Get-ChildItem $folder -Force).Count | Should -Be 0
    }

    It 'leaves the next call as good as ever' {
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; hold = $true; times = 1 }
        $shell = [powershell]::Create()
        $null = $shell.AddScript("param(`$Manifest) Import-Module `$Manifest; 'MyTestSecret', 'MyTestSecret' | Get-DoorkeySecret demo").AddArgument($manifest)
        $null = $shell.BeginInvoke()
        $null = Invoke-Control $emulator '/hold/wait?count=1'
        $shell.Stop()
        $shell.Dispose()
        Get-DoorkeySecret demo MyTestSecret -AsPlainText | Should -BeExactly 'p@ssw0rd!'
    }
}

Describe 'A real break' {
    It 'ends a script that waits, after its finally blocks' -Skip:(-not (Test-Path /bin/kill)) {
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; hold = $true; times = 1 }
        $file = Join-Path $TestDrive 'waits.ps1'
        [System.IO.File]::WriteAllText($file, "Import-Module '$manifest'; try { Get-DoorkeySecret demo MyTestSecret; 'after' } finally { [Console]::Out.WriteLine('finally') }; 'later'")
        $start = New-Object System.Diagnostics.ProcessStartInfo (Get-Process -Id $PID).Path
        $start.Arguments = "-NoProfile -NonInteractive -File `"$file`""
        # Tests that a script put into the background ignore breaks, as does all that they start unless it is told otherwise.
        $null = & env --default-signal=INT true 2>&1
        if ($LASTEXITCODE -eq 0) {
            $start.Arguments = "--default-signal=INT `"$($start.FileName)`" $($start.Arguments)"
            $start.FileName = 'env'
        }
        $start.RedirectStandardOutput = $true
        $start.RedirectStandardError = $true
        $start.UseShellExecute = $false
        $process = [System.Diagnostics.Process]::Start($start)
        try {
            $null = Invoke-Control $emulator '/hold/wait?count=1'
            & /bin/kill -INT $process.Id
            $said = $process.StandardOutput.ReadToEnd() + $process.StandardError.ReadToEnd()
            $process.WaitForExit(30000) | Should -BeTrue
            $said.Trim() | Should -BeExactly 'finally'
        }
        finally {
            if (-not $process.HasExited) {
                $process.Kill()
            }
            $process.Dispose()
            $null = Invoke-Control $emulator '/hold/release' @{}
        }
    }
}
