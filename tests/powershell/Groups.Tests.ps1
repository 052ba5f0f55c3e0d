# Groups: how Get-DoorkeySecret collects names from the pipeline, in which order results come out, and what is not asked for any more.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
    Import-TestModule
    $emulator = Start-TestEmulator -With '--vault', 'demo', '--vault', 'other'
    $manifest = Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.psd1'
    $demo = Get-VaultAddress $emulator
    Set-TestSecret $emulator many 130
    Set-TestSecret $emulator other 2 -Vault other
    $names = 1..130 | ForEach-Object { "many-$_" }
    # The token is there before requests are counted.
    $null = Get-DoorkeySecret demo many-1

    # What the cmdlet says that it asks for, one line for each call.
    function Get-Asked {
        param([scriptblock] $Command)
        & $Command 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] } |
            ForEach-Object { [regex]::Match($_.Message, '^Doorkey: asking for (.*) with ').Groups[1].Value } | Where-Object { $_ }
    }

    # Starts a pipeline that runs beside the test.
    function Start-Pipeline {
        param([string] $Script)
        $shell = [powershell]::Create()
        $null = $shell.AddScript("param(`$Manifest, `$Names) Import-Module `$Manifest; $Script").AddArgument($manifest).AddArgument($names)
        [pscustomobject]@{ Shell = $shell; Running = $shell.BeginInvoke() }
    }
}

AfterAll {
    Stop-TestEmulator $emulator
    Clear-TestEnvironment
}

Describe 'Names from the pipeline' {
    AfterEach {
        $null = Invoke-Control $emulator '/faults/clear' @{}
    }

    It 'are read in groups of 64, and what is left when the input ends' {
        (Get-Asked { $names | Get-DoorkeySecret demo -Verbose }) -join ', ' | Should -BeExactly "64 secrets of vault 'demo', 64 secrets of vault 'demo', 2 secrets of vault 'demo'"
    }

    It 'are one request each' {
        Measure-VaultRequest $emulator { $names | Get-DoorkeySecret demo } | Should -Be 130
    }

    It 'are one request alone where there is one name' {
        Measure-VaultRequest $emulator { Get-DoorkeySecret demo many-1 } | Should -Be 1
        Measure-VaultRequest $emulator { 'many-1' | Get-DoorkeySecret demo } | Should -Be 1
    }

    It 'are read once where they are given twice, and come out twice' {
        $script:values = $null
        Measure-VaultRequest $emulator { $script:values = 'many-1', 'MANY-1', 'many-2' | Get-DoorkeySecret demo -AsPlainText } | Should -Be 2
        $values -join ' ' | Should -BeExactly 'value-1 value-1 value-2'
    }

    It 'come out in the order of the input' {
        $values = $names | Get-DoorkeySecret demo -AsPlainText
        $values -join ' ' | Should -BeExactly ((1..130 | ForEach-Object { "value-$_" }) -join ' ')
    }

    It 'come out in that order when the first is answered last' {
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; hold = $true; times = 1; target_contains = '/many-1/' }
        $before = (Invoke-Control $emulator '/requests').vault
        $pipeline = Start-Pipeline '$Names[0..4] | Get-DoorkeySecret demo -AsPlainText'
        $null = Invoke-Control $emulator '/hold/wait?count=1'
        Wait-Until { (Invoke-Control $emulator '/requests').vault -eq $before + 5 }
        $null = Invoke-Control $emulator '/hold/release' @{}
        $pipeline.Shell.EndInvoke($pipeline.Running) -join ' ' | Should -BeExactly 'value-1 value-2 value-3 value-4 value-5'
        $pipeline.Shell.Dispose()
    }

    It 'come out as soon as all before them are out' {
        # The last one is held until the one before it has come down the pipeline.
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; hold = $true; times = 1; target_contains = '/many-3/' }
        $seen = 'many-1', 'many-2', 'many-3' | Get-DoorkeySecret demo -TimeoutSec 60 | ForEach-Object {
            if ($_.Name -eq 'many-2') {
                $null = Invoke-Control $emulator '/hold/wait?count=1'
                $null = Invoke-Control $emulator '/hold/release' @{}
            }
            $_.Name
        }
        $seen -join ' ' | Should -BeExactly 'many-1 many-2 many-3'
    }

    It 'are one error each where they fail, in their place' {
        $all = 'many-1', 'no-1', 'many-2', 'a_b', 'x/y', '', 'many*', 'many-3' | Get-DoorkeySecret demo -AsPlainText -ErrorAction Continue 2>&1
        $told = $all | ForEach-Object { if ($_ -is [System.Management.Automation.ErrorRecord]) { $_.TargetObject } else { $_ } }
        $told -join ' ' | Should -BeExactly "value-1 $demo/secrets/no-1 value-2 $demo/secrets/a_b x/y $demo $demo/secrets/many* value-3"
    }

    It 'end at the first that fails with -ErrorAction Stop' {
        $seen = [System.Collections.Generic.List[string]]::new()
        { 'many-1', 'no-1', 'many-2' | Get-DoorkeySecret demo -AsPlainText -ErrorAction Stop | ForEach-Object { $seen.Add($_) } } | Should -Throw -ErrorId 'Doorkey.SecretNotFound,*'
        $seen -join ' ' | Should -BeExactly 'value-1'
    }

    It 'are errors of their own when a character in one cannot be sent' {
        $values = 'many-1', "a$([char] 0)b", "a$([char] 0xD800)", 'many-2' | Get-DoorkeySecret demo -AsPlainText -ErrorAction SilentlyContinue -ErrorVariable failed
        $values -join ' ' | Should -BeExactly 'value-1 value-2'
        ($failed | ForEach-Object { $_.FullyQualifiedErrorId.Split(',')[0] }) -join ' ' | Should -BeExactly 'Doorkey.InvalidArgument Doorkey.InvalidArgument'
    }

    It 'are errors each when the vault itself is wrong' {
        $null = 'x', 'y', 'z' | Get-DoorkeySecret d -ErrorAction SilentlyContinue -ErrorVariable failed
        ($failed | ForEach-Object { $_.Exception.Message.Split(':')[0] }) -join ' ' | Should -BeExactly '-VaultName -VaultName -VaultName'
        ($failed | ForEach-Object { $_.TargetObject.Split('/')[-1] }) -join ' ' | Should -BeExactly 'x y z'
    }

    It 'that are not read in time are errors, and the others are there' {
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; hold = $true; times = 1; target_contains = '/many-2/' }
        $values = 'many-1', 'many-2', 'many-3' | Get-DoorkeySecret demo -AsPlainText -TimeoutSec 3 -ErrorAction SilentlyContinue -ErrorVariable failed
        $null = Invoke-Control $emulator '/hold/release' @{}
        $values -join ' ' | Should -BeExactly 'value-1 value-3'
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'Doorkey.Timeout,*'
        $failed[0].TargetObject | Should -BeExactly "$demo/secrets/many-2"
    }

    It 'keep the version that each object names' {
        $null = Invoke-Control $emulator '/secret' @{ name = 'turned'; value = 'old' }
        $old = Get-DoorkeySecret demo turned
        $null = Invoke-Control $emulator '/secret' @{ name = 'turned'; value = 'new' }
        $wanted = $old, [pscustomobject]@{ VaultName = 'demo'; Name = 'turned' }, $old
        ($wanted | Get-DoorkeySecret -AsPlainText) -join ' ' | Should -BeExactly 'old new old'
    }
}

Describe 'A group' {
    It 'ends where another vault begins' {
        $wanted = @(
            [pscustomobject]@{ VaultName = 'demo'; Name = 'many-1' }
            [pscustomobject]@{ VaultName = 'demo'; Name = 'many-2' }
            [pscustomobject]@{ VaultName = 'other'; Name = 'other-1' }
            [pscustomobject]@{ VaultName = 'other'; Name = 'other-2' }
        )
        (Get-Asked { $wanted | Get-DoorkeySecret -Verbose }) -join ', ' | Should -BeExactly "2 secrets of vault 'demo', 2 secrets of vault 'other'"
        ($wanted | Get-DoorkeySecret).VaultName -join ' ' | Should -BeExactly 'demo demo other other'
    }

    It 'of ids may be of several vaults' {
        $ids = "$demo/secrets/many-1", ((Get-VaultAddress $emulator other) + '/secrets/other-1'), "$demo/secrets/many-2"
        (Get-Asked { Get-DoorkeySecret -Id $ids -Verbose }) -join ', ' | Should -BeExactly '3 secrets'
        (Get-DoorkeySecret -Id $ids -AsPlainText) -join ' ' | Should -BeExactly 'value-1 value-1 value-2'
    }

    It 'of ids goes on after one that is none' {
        $ids = "$demo/secrets/many-1", 'many-1', "$demo/keys/x", "$demo/secrets/no-1", "$demo/secrets/many-2"
        $values = $ids | ForEach-Object { [pscustomobject]@{ Id = $_ } } | Get-DoorkeySecret -AsPlainText -ErrorAction SilentlyContinue -ErrorVariable failed
        $values -join ' ' | Should -BeExactly 'value-1 value-2'
        ($failed | ForEach-Object { $_.TargetObject }) -join ' ' | Should -BeExactly "many-1 $demo/keys/x $demo/secrets/no-1"
    }

    It 'is the last one when Select-Object has what it wants' {
        Measure-VaultRequest $emulator { $names | Get-DoorkeySecret demo | Select-Object -First 1 } | Should -BeLessOrEqual 64
        $asked = Measure-VaultRequest $emulator { $names | Get-DoorkeySecret demo | Select-Object -First 65 }
        $asked | Should -BeGreaterThan 64
        $asked | Should -BeLessOrEqual 128
    }

    It 'is the last one when the pipeline is stopped' {
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; hold = $true; times = $null }
        $before = (Invoke-Control $emulator '/requests').vault
        $pipeline = Start-Pipeline '$Names | Get-DoorkeySecret demo'
        $null = Invoke-Control $emulator '/hold/wait?count=16'
        $pipeline.Shell.Stop()
        $null = Invoke-Control $emulator '/faults/clear' @{}
        $null = Invoke-Control $emulator '/hold/release' @{}
        $pipeline.Shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $pipeline.Shell.Streams.Error.Count | Should -Be 0
        $pipeline.Shell.Dispose()
        (Invoke-Control $emulator '/requests').vault - $before | Should -BeLessOrEqual 64
    }

    It 'does not come to a second one when there is no identity' {
        $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = 'http://127.0.0.1:1'
        try {
            $failure = Get-Failure { $names | Get-DoorkeySecret demo -ErrorAction Continue }
        }
        finally {
            Use-TestEmulator $emulator
        }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.IdentityUnavailable,*'
        $failure.TargetObject | Should -BeExactly "$demo/secrets/many-1"
    }
}

Describe 'Progress' {
    AfterEach {
        $null = Invoke-Control $emulator '/faults/clear' @{}
    }

    It 'is shown of a group that lasts, counts what is done, and is gone at the end' {
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; hold = $true; times = 1; target_contains = '/many-3/' }
        $pipeline = Start-Pipeline '$Names[0..3] | Get-DoorkeySecret demo'
        Wait-Until { $pipeline.Shell.Streams.Progress.Count -gt 0 }
        $null = Invoke-Control $emulator '/hold/release' @{}
        $null = $pipeline.Shell.EndInvoke($pipeline.Running)
        $first = $pipeline.Shell.Streams.Progress[0]
        $first.Activity | Should -BeExactly "Reading 4 secrets of vault 'demo'"
        $first.StatusDescription | Should -BeExactly '2 of 4'
        $first.PercentComplete | Should -Be 50
        $pipeline.Shell.Streams.Progress[-1].RecordType | Should -Be 'Completed'
        $pipeline.Shell.Dispose()
    }

    It 'is gone too when Select-Object has what it wants' {
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; hold = $true; times = 1; target_contains = '/many-3/' }
        $pipeline = Start-Pipeline '$Names[0..9] | Get-DoorkeySecret demo -AsPlainText | Select-Object -First 3'
        Wait-Until { $pipeline.Shell.Streams.Progress.Count -gt 0 }
        $null = Invoke-Control $emulator '/hold/release' @{}
        $pipeline.Shell.EndInvoke($pipeline.Running) -join ' ' | Should -BeExactly 'value-1 value-2 value-3'
        $pipeline.Shell.Streams.Progress[-1].RecordType | Should -Be 'Completed'
        $pipeline.Shell.Dispose()
    }

    It 'is shown of <Line> too when it lasts' -TestCases @(
        @{ Line = 'Get-DoorkeySecretInfo demo'; Activity = "Listing vault 'demo'" }
        @{ Line = 'Get-DoorkeySecret demo many-1'; Activity = "Reading secret 'many-1' of vault 'demo'" }
        @{ Line = 'Update-DoorkeySecret demo many-1 -Enable $true'; Activity = "Updating secret 'many-1' of vault 'demo'" }
    ) {
        param($Line, $Activity)
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; hold = $true; times = 1 }
        $pipeline = Start-Pipeline $Line
        Wait-Until { $pipeline.Shell.Streams.Progress.Count -gt 0 }
        $null = Invoke-Control $emulator '/hold/release' @{}
        $null = $pipeline.Shell.EndInvoke($pipeline.Running)
        $pipeline.Shell.Streams.Progress[0].Activity | Should -BeExactly $Activity
        $pipeline.Shell.Streams.Progress[-1].RecordType | Should -Be 'Completed'
        $pipeline.Shell.Dispose()
    }

    It 'is not shown of what takes less than a second' {
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $pipeline = Start-Pipeline '$Names[0..9] | Get-DoorkeySecret demo; Get-DoorkeySecretInfo demo many-1'
        $null = $pipeline.Shell.EndInvoke($pipeline.Running)
        if ($watch.Elapsed.TotalSeconds -lt 1) {
            $pipeline.Shell.Streams.Progress.Count | Should -Be 0
        }
        else {
            Set-ItResult -Skipped -Because 'this machine took more than a second'
        }
        $pipeline.Shell.Dispose()
    }
}
