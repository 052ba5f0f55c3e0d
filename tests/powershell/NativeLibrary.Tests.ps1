# A native library that is missing, damaged, for another machine or of another version: import still works, the first call says what is wrong.
# Each in a fresh process with a copy of the module, since a library that was loaded stays.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
    Import-TestModule

    # A copy of the module, and in it the path of the native library for this process.
    function New-ModuleCopy {
        $folder = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
        Copy-Item $env:DOORKEY_TEST_MODULE $folder -Recurse
        $library = @(Get-ChildItem $folder -Recurse -File | Where-Object { $_.Name -match '^(lib)?doorkey\.(so|dll|dylib)$' })[0]
        [pscustomobject]@{ Manifest = Join-Path $folder 'Doorkey.psd1'; Library = $library.FullName }
    }

    # What the first call in a fresh process says: id, category, advice, message.
    function Get-FirstError {
        param($Copy)
        $script = @'
Import-Module '{0}'
foreach ($round in 1..2) {{
    try {{
        Get-DoorkeyToken https://vault.azure.net
        'no error'
    }}
    catch {{
        $_.FullyQualifiedErrorId + '|' + $_.CategoryInfo.Category + '|' + $_.Exception.Problem + '|' + $_.ErrorDetails.RecommendedAction + '|' + $_.Exception.Message
    }}
}}
'@ -f $Copy.Manifest
        $lines = @(Invoke-Fresh $script)
        # The second call says the same as the first: nothing is left half loaded.
        $lines.Count | Should -Be 2
        $lines[1] | Should -BeExactly $lines[0]
        $parts = $lines[0].Split('|')
        $parts.Count | Should -BeGreaterOrEqual 5 -Because $lines[0]
        $parts[3] | Should -Not -BeNullOrEmpty
        [pscustomobject]@{ Id = $parts[0].Split(',')[0]; Category = $parts[1]; Problem = $parts[2]; Message = $parts[4] }
    }
}

Describe 'A native library' {
    It 'that is missing is named, with where it belongs' {
        $copy = New-ModuleCopy
        Remove-Item $copy.Library
        $failure = Get-FirstError $copy
        $failure.Id | Should -BeExactly 'Doorkey.NativeLibraryLoadFailed'
        $failure.Category | Should -BeExactly 'ResourceUnavailable'
        $failure.Problem | Should -BeExactly 'Missing'
        $failure.Message.Contains($copy.Library) | Should -BeTrue -Because $failure.Message
    }

    It 'that is no library is called damaged' {
        $copy = New-ModuleCopy
        [System.IO.File]::WriteAllText($copy.Library, '<html>404 not found</html>')
        $failure = Get-FirstError $copy
        $failure.Problem | Should -BeExactly 'Corrupt'
        $failure.Message.Contains($copy.Library) | Should -BeTrue -Because $failure.Message
    }

    It 'that was cut off is called damaged, and the process lives' {
        $copy = New-ModuleCopy
        $stream = [System.IO.File]::OpenWrite($copy.Library)
        $stream.SetLength([long] ($stream.Length / 2))
        $stream.Dispose()
        (Get-FirstError $copy).Problem | Should -BeExactly 'Corrupt'
    }

    It 'for another processor is called so' -Skip:(-not (Test-Path /proc/self/maps)) {
        $copy = New-ModuleCopy
        # The two bytes of an ELF header that name the machine: AArch64 where this is x86-64, and the other way round.
        $stream = [System.IO.File]::Open($copy.Library, 'Open', 'ReadWrite')
        $stream.Position = 18
        $machine = $stream.ReadByte()
        $stream.Position = 18
        $stream.WriteByte($(if ($machine -eq 183) { 62 } else { 183 }))
        $stream.Dispose()
        $failure = Get-FirstError $copy
        $failure.Problem | Should -BeExactly 'WrongArchitecture'
        $failure.Message | Should -Match 'arm64'
        $failure.Message | Should -Match 'x64'
    }

    It 'that the system refuses to load is told with the reason of the system' -Skip:(-not (Get-Command cc -ErrorAction SilentlyContinue)) {
        $copy = New-ModuleCopy
        $source = Join-Path $TestDrive 'refused.c'
        [System.IO.File]::WriteAllText($source, 'extern int nobody_has_this(void); int doorkey_abi_version(void) { return nobody_has_this(); }')
        & cc -shared -fPIC '-Wl,-z,now' -o $copy.Library $source
        $failure = Get-FirstError $copy
        $failure.Problem | Should -BeExactly 'LoadFailed'
        $failure.Message | Should -Match 'nobody_has_this'
    }

    It 'of another ABI is refused with both versions' -Skip:(-not (Get-Command cc -ErrorAction SilentlyContinue)) {
        $copy = New-ModuleCopy
        $source = Join-Path $TestDrive 'abi.c'
        [System.IO.File]::WriteAllText($source, 'unsigned doorkey_abi_version(void) { return 9u << 16 | 3u; }')
        & cc -shared -fPIC -o $copy.Library $source
        $failure = Get-FirstError $copy
        $failure.Id | Should -BeExactly 'Doorkey.AbiMismatch'
        $failure.Problem | Should -BeExactly 'AbiMismatch'
        $failure.Message | Should -Match '9\.3'
    }

    It 'of no ABI at all is refused' -Skip:(-not (Get-Command cc -ErrorAction SilentlyContinue)) {
        $copy = New-ModuleCopy
        $source = Join-Path $TestDrive 'empty.c'
        [System.IO.File]::WriteAllText($source, 'int unrelated(void) { return 1; }')
        & cc -shared -fPIC -o $copy.Library $source
        (Get-FirstError $copy).Problem | Should -BeExactly 'LoadFailed'
    }

    It 'that is put in place after a failure is found by the next call' {
        $copy = New-ModuleCopy
        $aside = $copy.Library + '.aside'
        Move-Item $copy.Library $aside
        $script = @'
Import-Module '{0}'
try {{ Get-DoorkeyToken https://vault.azure.net }} catch {{ $_.Exception.Problem }}
Move-Item '{1}' '{2}'
[Doorkey.Client]::LibraryVersion
'@ -f $copy.Manifest, $aside, $copy.Library
        $lines = @(Invoke-Fresh $script)
        $lines[0] | Should -BeExactly 'Missing'
        $lines[1] | Should -BeExactly ([Doorkey.Client]::LibraryVersion)
    }
}

Describe 'A culture with its own letters' {
    It 'changes nothing' {
        $emulator = Start-TestEmulator
        try {
            $script = @'
[System.Threading.Thread]::CurrentThread.CurrentCulture = 'tr-TR'
[System.Threading.Thread]::CurrentThread.CurrentUICulture = 'tr-TR'
Import-Module '{0}'
Get-DoorkeySecret demo MyTestSecret -AsPlainText
(Get-DoorkeyToken {1}).Source
'@ -f (Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.psd1'), $emulator.Audience
            (Invoke-Fresh $script) -join ' ' | Should -BeExactly 'p@ssw0rd! imds'
        }
        finally {
            Stop-TestEmulator $emulator
            Clear-TestEnvironment
        }
    }
}
