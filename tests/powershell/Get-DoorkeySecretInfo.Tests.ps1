# Get-DoorkeySecretInfo: what a vault holds, without values, and how little is asked for to say so.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
    Import-TestModule
    $emulator = Start-TestEmulator
    $demo = Get-VaultAddress $emulator
    # With the one that every emulator has, 61: three pages.
    Set-TestSecret $emulator many 60
    $null = Get-DoorkeySecret demo many-1

    # The paths of the requests that the vault got while a command ran.
    function Get-Path {
        param([scriptblock] $Command)
        $null = Invoke-Control $emulator '/requests/reset' @{}
        $null = & $Command
        Invoke-Control $emulator '/log' | ForEach-Object { $_ } | Where-Object { $_.endpoint -eq 'vault' } | ForEach-Object { $_.method + ' ' + $_.target.Split('?')[0].TrimEnd('/') }
    }
}

AfterAll {
    Stop-TestEmulator $emulator
    Clear-TestEnvironment
}

Describe 'Get-DoorkeySecretInfo' {
    AfterEach {
        $null = Invoke-Control $emulator '/faults/clear' @{}
    }

    It 'lists all secrets, page by page, without getting one' {
        $paths = @(Get-Path { $script:listed = Get-DoorkeySecretInfo -VaultName demo })
        $listed.Count | Should -Be 61
        ($paths | Select-Object -Unique) | Should -BeExactly 'GET /secrets'
        $paths.Count | Should -Be 3
    }

    It 'asks for no page that Select-Object does not want' {
        Measure-VaultRequest $emulator { Get-DoorkeySecretInfo demo | Select-Object -First 1 } | Should -Be 1
        Measure-VaultRequest $emulator { Get-DoorkeySecretInfo demo | Select-Object -First 25 } | Should -Be 1
        Measure-VaultRequest $emulator { Get-DoorkeySecretInfo demo | Select-Object -First 26 } | Should -Be 2
    }

    It 'does not take an empty page for the end' {
        $null = Invoke-Control $emulator '/pages' @{ empty = $true }
        @(Get-DoorkeySecretInfo demo).Count | Should -Be 61
        $null = Invoke-Control $emulator '/pages' @{ empty = $false }
    }

    It 'lists those whose names match, in any case' -TestCases @(
        @{ Pattern = 'MANY-1?'; Count = 10 }
        @{ Pattern = '*-6'; Count = 1 }
        @{ Pattern = 'many-[12]'; Count = 2 }
        @{ Pattern = 'nothing*'; Count = 0 }
    ) {
        param($Pattern, $Count)
        @(Get-DoorkeySecretInfo demo $Pattern -ErrorAction Stop).Count | Should -Be $Count
    }

    It 'takes several names and patterns, and reads one list for all patterns' {
        (Get-DoorkeySecretInfo demo many-1, 'many-2?', many-3, '*-21', '*TestSecret').Name -join ' ' | Should -BeExactly (
            'many-1 many-20 many-21 many-22 many-23 many-24 many-25 many-26 many-27 many-28 many-29 MyTestSecret many-3')
        (Get-Path { Get-DoorkeySecretInfo demo 'many-2?', '*-21' } | Select-Object -Unique) | Should -BeExactly 'GET /secrets'
    }

    It 'tells a pattern that is none, before anything is sent, and goes on with the others' {
        $before = Get-Traffic $emulator
        $failure = Get-Failure { Get-DoorkeySecretInfo demo '[ab' }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.InvalidArgument,Doorkey.PowerShell.GetDoorkeySecretInfoCommand'
        $failure.Exception.Message | Should -BeLike "-Name '?ab': *"
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        Get-Traffic $emulator | Should -BeExactly $before
        (Get-DoorkeySecretInfo demo '[ab', 'MyT*' -ErrorAction SilentlyContinue).Name | Should -BeExactly 'MyTestSecret'
    }

    It 'puts out the properties of Az and what else the vault says, and no value' {
        $null = Invoke-Control $emulator '/secret' @{ name = 'described'; value = 'v'; enabled = $false; content_type = 'text/plain'; tags = @{ team = 'blue' }; exp = 4102444800; nbf = 1577836800 }
        $info = Get-DoorkeySecretInfo demo 'describe*'
        $info.PSObject.TypeNames[0] | Should -BeExactly 'Doorkey.SecretInfo'
        $info.VaultName | Should -BeExactly 'demo'
        $info.Name | Should -BeExactly 'described'
        $info.Version | Should -BeNullOrEmpty
        $info.Id | Should -BeExactly "$demo/secrets/described"
        "$info" | Should -BeExactly $info.Id
        $info.Enabled | Should -BeFalse
        $info.Expires | Should -Be ([datetime]::new(2100, 1, 1, 0, 0, 0, [System.DateTimeKind]::Utc))
        $info.NotBefore | Should -Be ([datetime]::new(2020, 1, 1, 0, 0, 0, [System.DateTimeKind]::Utc))
        $info.Created.Kind | Should -Be 'Utc'
        $info.Updated.Kind | Should -Be 'Utc'
        $info.ContentType | Should -BeExactly 'text/plain'
        $info.Tags.team | Should -BeExactly 'blue'
        $info.Managed | Should -BeFalse
        $info.RecoveryLevel | Should -Not -BeNullOrEmpty
        $info.RecoverableDays | Should -Be 90
        $info.DeletedDate | Should -BeNullOrEmpty
        ($info.PSObject.Properties.Name | Sort-Object) -join ' ' | Should -BeExactly ('ContentType Created DeletedDate Enabled Expires Id KeyId Managed Name NotBefore OneVersion ' +
            'RecoverableDays RecoveryId RecoveryLevel ScheduledPurgeDate Tags Updated VaultName Version')
    }

    It 'goes on after an id that .NET cannot read' {
        $body = '{"value":[{"id":"https://a_b..c:99/secrets/many-1/' + 'a' * 32 + '"}]}'
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; status = 200; body = $body; content_type = 'application/json' }
        $listed = 'many-1', 'many-2' | Get-DoorkeySecretInfo demo -ErrorAction SilentlyContinue -ErrorVariable failed
        @($listed)[-1].Id | Should -BeLike "$demo/secrets/many-2/*"
        $failed | Where-Object { $_.FullyQualifiedErrorId -notlike 'Doorkey.*' } | Should -BeNullOrEmpty
    }

    It 'tells a secret that belongs to a certificate' {
        $null = Invoke-Control $emulator '/secret' @{ name = 'certificate'; value = 'v'; managed = $true }
        (Get-DoorkeySecretInfo demo certificate).Managed | Should -BeTrue
    }

    It 'reads one exact name with one request, and lists nothing for it' {
        (Get-Path { Get-DoorkeySecretInfo demo many-1 }) -join ', ' | Should -BeExactly 'GET /secrets/many-1/versions'
    }

    It 'tells the newest version of one exact name, whatever the order of the list' {
        foreach ($age in 30, 10, 20) {
            $null = Invoke-Control $emulator '/secret' @{ name = 'aged'; value = "$age"; created = 1700000000 - $age }
        }
        (Get-DoorkeySecretInfo demo aged).Created | Should -Be ([datetime]::new(2023, 11, 14, 22, 13, 10, [System.DateTimeKind]::Utc))
        @(Get-DoorkeySecretInfo demo aged).Count | Should -Be 1
    }

    It 'needs the right to list alone' {
        $null = Invoke-Control $emulator '/deny' @{ operation = 'get'; reason = 'rbac' }
        try {
            (Get-DoorkeySecretInfo demo many-1).Name | Should -BeExactly 'many-1'
            @(Get-DoorkeySecretInfo demo 'many-2*').Count | Should -Be 11
        }
        finally {
            $null = Invoke-Control $emulator '/deny' @{ operation = 'get' }
        }
    }

    It 'lists all versions of one name, the newest first' {
        foreach ($number in 1..30) {
            $null = Invoke-Control $emulator '/secret' @{ name = 'versions'; value = "$number"; created = 1700000000 + $number }
        }
        $versions = @(Get-DoorkeySecretInfo demo versions -IncludeVersions)
        $versions.Count | Should -Be 30
        ($versions | Sort-Object Created -Descending).Version -join ' ' | Should -BeExactly ($versions.Version -join ' ')
        $versions[0].Id | Should -BeExactly ("$demo/secrets/versions/" + $versions[0].Version)
        Get-DoorkeySecret demo versions $versions[29].Version -AsPlainText | Should -BeExactly '1'
        $versions.OneVersion | Select-Object -Unique | Should -BeTrue
        (Get-DoorkeySecretInfo demo versions).OneVersion | Should -BeFalse
    }

    It 'lists the versions of all that match, one name after the other' {
        foreach ($name in 'pair-a', 'pair-b') {
            foreach ($number in 1..2) {
                $null = Invoke-Control $emulator '/secret' @{ name = $name; value = "$number" }
            }
        }
        (Get-DoorkeySecretInfo demo 'pair-*' -IncludeVersions).Name -join ' ' | Should -BeExactly 'pair-a pair-a pair-b pair-b'
    }

    It 'takes names from the pipeline, as strings and as properties' {
        ('many-1', 'pair-?' | Get-DoorkeySecretInfo demo).Name -join ' ' | Should -BeExactly 'many-1 pair-a pair-b'
        (Get-DoorkeySecret demo many-1 | Get-DoorkeySecretInfo).Name | Should -BeExactly 'many-1'
    }

    It 'takes a vault by its address, and a whole id' {
        (Get-DoorkeySecretInfo -VaultUri $emulator.VaultUrl -Name many-1).Name | Should -BeExactly 'many-1'
        (Get-DoorkeySecretInfo -Id "$demo/secrets/many-1").Name | Should -BeExactly 'many-1'
        (Get-DoorkeySecretInfo -SecretId "$demo/secrets/many-1").Name | Should -BeExactly 'many-1'
    }

    It 'can be piped to Get-DoorkeySecret, which reads what is listed in groups' {
        $values = Get-DoorkeySecretInfo demo 'many-*' | Get-DoorkeySecret -AsPlainText
        $values.Count | Should -Be 60
        $said = Get-DoorkeySecretInfo demo 'many-*' | Get-DoorkeySecret -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        $said[0].Message | Should -BeLike "Doorkey: asking for 60 secrets of vault 'demo' *"
    }

    It 'can be piped with versions, of which each is read' {
        (Get-DoorkeySecretInfo demo aged -IncludeVersions | Get-DoorkeySecret -AsPlainText) -join ' ' | Should -BeExactly '10 20 30'
    }

    It 'finds names in every culture, also where the small letter of I is not i' {
        # Only where .NET knows that culture's letters is this more than a name and a pattern.
        $null = Invoke-Control $emulator '/secret' @{ name = 'turkish-id'; value = 'x' }
        $before = [System.Threading.Thread]::CurrentThread.CurrentCulture
        try {
            [System.Threading.Thread]::CurrentThread.CurrentCulture = 'tr-TR'
            (Get-DoorkeySecretInfo demo 'TURKISH-I*').Name | Should -BeExactly 'turkish-id'
        }
        finally {
            [System.Threading.Thread]::CurrentThread.CurrentCulture = $before
        }
    }

    It 'says with -Verbose what it lists, and where' {
        $said = Get-DoorkeySecretInfo demo 'many-1' -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        "$said" | Should -BeExactly "Doorkey: listing secret 'many-1' of vault 'demo' with the host's own identity"
    }
}

Describe 'Get-DoorkeySecretInfo -InRemovedState' {
    BeforeAll {
        foreach ($name in 'gone-1', 'gone-2') {
            $null = Invoke-Control $emulator '/secret' @{ name = $name; value = 'x' }
            Remove-DoorkeySecret demo $name -Force
        }
    }

    It 'lists deleted secrets with their dates' {
        $gone = @(Get-DoorkeySecretInfo demo -InRemovedState)
        $gone.Name -join ' ' | Should -BeExactly 'gone-1 gone-2'
        $gone[0].DeletedDate.Kind | Should -Be 'Utc'
        $gone[0].ScheduledPurgeDate | Should -BeGreaterThan $gone[0].DeletedDate
        $gone[0].RecoveryId | Should -BeExactly "$demo/deletedsecrets/gone-1"
        $gone | Out-String | Should -Match 'DeletedDate'
    }

    It 'takes patterns' {
        (Get-DoorkeySecretInfo demo '*-2' -InRemovedState).Name | Should -BeExactly 'gone-2'
    }

    It 'reads one exact name with one request' {
        (Get-Path { Get-DoorkeySecretInfo demo gone-1 -InRemovedState }) -join ', ' | Should -BeExactly 'GET /deletedsecrets/gone-1'
        $gone = Get-DoorkeySecretInfo demo gone-1 -InRemovedState
        $gone.DeletedDate | Should -Not -BeNullOrEmpty
        $gone.Version | Should -Match '^[0-9a-f]{32}$'
        (Get-DoorkeySecretInfo demo 'gone-1*' -InRemovedState).Version | Should -BeNullOrEmpty
    }

    It 'takes the recovery id' {
        (Get-DoorkeySecretInfo -Id "$demo/deletedsecrets/gone-1" -InRemovedState).Name | Should -BeExactly 'gone-1'
    }

    It 'is refused together with -IncludeVersions, before anything is sent' {
        $before = Get-Traffic $emulator
        (Get-Failure { Get-DoorkeySecretInfo demo -InRemovedState -IncludeVersions }).Exception.Message | Should -BeExactly '-IncludeVersions: cannot be combined with -InRemovedState'
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'is what an exact name of a deleted secret asks for' {
        $failure = Get-Failure { Get-DoorkeySecretInfo demo gone-1 }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.SecretDeleted,*'
        $failure.TargetObject | Should -BeExactly "$demo/secrets/gone-1"
    }

    It 'lists none of the others' {
        @(Get-DoorkeySecretInfo demo 'gone-*').Count | Should -Be 0
    }
}

Describe 'Errors of Get-DoorkeySecretInfo' {
    It 'say of one exact name that there is no such secret' -TestCases @(
        @{ Arguments = @{ Name = 'no-such' } }
        @{ Arguments = @{ Name = 'no-such'; IncludeVersions = $true } }
        @{ Arguments = @{ Name = 'no-such'; InRemovedState = $true } }
    ) {
        param($Arguments)
        $failure = Get-Failure { Get-DoorkeySecretInfo demo @Arguments }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.SecretNotFound,Doorkey.PowerShell.GetDoorkeySecretInfoCommand'
        $failure.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failure.TargetObject | Should -BeExactly "$demo/secrets/no-such"
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'say it also of a vault that answers with an empty list' {
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; status = 200; body = '{"value":[],"nextLink":null}'; content_type = 'application/json' }
        $failure = Get-Failure { Get-DoorkeySecretInfo demo many-1 }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.SecretNotFound,*'
        $failure.TargetObject | Should -BeExactly "$demo/secrets/many-1"
        $failure.ErrorDetails.RecommendedAction | Should -Match 'Get-DoorkeySecretInfo without -Name'
    }

    It 'name the right that is missing, and what was listed' {
        $null = Invoke-Control $emulator '/deny' @{ operation = 'list'; reason = 'rbac' }
        try {
            $failure = Get-Failure { Get-DoorkeySecretInfo demo }
        }
        finally {
            $null = Invoke-Control $emulator '/deny' @{ operation = 'list' }
        }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.Forbidden,*'
        $failure.CategoryInfo.Category | Should -Be 'PermissionDenied'
        $failure.TargetObject | Should -BeExactly $demo
        $failure.ErrorDetails.RecommendedAction | Should -Match 'Key Vault'
    }

    It 'come for each name of the pipeline' {
        $null = 'no-1', 'many-1', 'a_b' | Get-DoorkeySecretInfo demo -ErrorAction SilentlyContinue -ErrorVariable failed
        ($failed | ForEach-Object { $_.TargetObject }) -join ' ' | Should -BeExactly "$demo/secrets/no-1 $demo/secrets/a_b"
        $failed[1].Exception.Message | Should -BeLike "-Name 'a_b': *"
    }

    It 'come after the pages that there were' {
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; status = 403; skip = 1; times = 20 }
        $listed = Get-DoorkeySecretInfo demo -ErrorAction SilentlyContinue -ErrorVariable failed
        $null = Invoke-Control $emulator '/faults/clear' @{}
        $listed.Count | Should -Be 25
        $failed.Count | Should -Be 1
    }
}
