# Set-DoorkeySecret and Update-DoorkeySecret: what the vault has afterwards, to the character, and what is never sent.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
    Import-TestModule
    $emulator = Start-TestEmulator -With '--vault', 'demo', '--vault', 'other'
    $demo = Get-VaultAddress $emulator
    $secure = ConvertTo-Secure 'value'
    $null = Get-DoorkeySecret demo MyTestSecret

    # The newest version of a secret, as the emulator keeps it.
    function Get-Latest {
        param([string] $Name, [string] $Vault = 'demo')
        (Get-Stored $emulator $Name $Vault).versions[-1]
    }
}

AfterAll {
    Stop-TestEmulator $emulator
    Clear-TestEnvironment
}

Describe 'Set-DoorkeySecret' {
    It 'makes a secret and puts it out' {
        $secret = Set-DoorkeySecret -VaultName demo -Name made -SecretValue $secure
        $secret.PSObject.TypeNames[0] | Should -BeExactly 'Doorkey.Secret'
        $secret.Id | Should -BeExactly "$demo/secrets/made/$($secret.Version)"
        $secret.Enabled | Should -BeTrue
        ConvertTo-Text $secret.SecretValue | Should -BeExactly 'value'
        (Get-Latest made).value | Should -BeExactly 'value'
    }

    It 'takes vault, name and value by position' {
        $null = Set-DoorkeySecret demo placed $secure
        (Get-Latest placed).value | Should -BeExactly 'value'
    }

    It 'makes a new version of a secret that there is' {
        $null = Set-DoorkeySecret demo twice (ConvertTo-Secure 'old')
        $null = Set-DoorkeySecret demo twice (ConvertTo-Secure 'new')
        (Get-Stored $emulator twice).versions.value -join ' ' | Should -BeExactly 'old new'
    }

    It 'sends exactly the text: <Case>' -TestCases @(
        @{ Case = 'nothing'; Value = '' }
        @{ Case = 'a NUL and what follows it'; Value = "a$([char] 0)b" }
        @{ Case = 'spaces and line ends'; Value = " a`r`n`tb " }
        @{ Case = 'an umlaut and an emoji'; Value = "$([char] 0xE4)$([char]::ConvertFromUtf32(0x1F600))" }
        @{ Case = 'quotes and backslashes'; Value = '"\u0041\' }
        @{ Case = 'what it sends as JSON'; Value = '{"value":"x"}' }
        @{ Case = '25 KB'; Value = 'v' * 25600 }
    ) {
        param($Case, $Value)
        $secret = Set-DoorkeySecret demo exact (ConvertTo-Secure $Value) -AllowEmptyValue
        ConvertTo-Text $secret.SecretValue | Should -BeExactly $Value
        Get-DoorkeySecret demo exact -AsPlainText | Should -BeExactly $Value
        (Get-Latest exact).value | Should -BeExactly $Value
    }

    It 'refuses an empty value, which nobody may have meant, without -AllowEmptyValue' {
        $null = Set-DoorkeySecret demo good (ConvertTo-Secure 'good')
        $before = Get-Traffic $emulator
        $failure = Get-Failure { Set-DoorkeySecret demo good ([System.Security.SecureString]::new()) }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.InvalidArgument,Doorkey.PowerShell.SetDoorkeySecretCommand'
        $failure.Exception.Message | Should -BeExactly '-SecretValue: is empty'
        $failure.ErrorDetails.RecommendedAction | Should -Match '-AllowEmptyValue'
        $failure.TargetObject | Should -BeExactly "$demo/secrets/good"
        Get-Traffic $emulator | Should -BeExactly $before
        (Get-Latest good).value | Should -BeExactly 'good'
    }

    It 'goes on after an empty value in a pipeline' {
        $rows = '', 'filled' | ForEach-Object { [pscustomobject]@{ Name = "row$($_.Length)"; SecretValue = ConvertTo-Secure $_ } }
        $set = $rows | Set-DoorkeySecret demo -ErrorAction SilentlyContinue -ErrorVariable failed
        $set.Name | Should -BeExactly 'row6'
        $failed.Count | Should -Be 1
    }

    It 'sets several names to one value' {
        (Set-DoorkeySecret demo several-1, several-2 $secure).Name -join ' ' | Should -BeExactly 'several-1 several-2'
    }

    It 'says nothing against no time at all' {
        (Set-DoorkeySecret demo timeless $secure -Expires $null).Expires | Should -BeNullOrEmpty
    }

    It 'waits for a name that was purged a moment ago' {
        $null = Set-DoorkeySecret demo again $secure
        $null = Invoke-Control $emulator '/consistency' @{ lag = 1 }
        try {
            Remove-DoorkeySecret demo again -Force
            Remove-DoorkeySecret demo again -InRemovedState -Force
            (Set-DoorkeySecret demo again (ConvertTo-Secure 'anew')).Name | Should -BeExactly 'again'
        }
        finally {
            $null = Invoke-Control $emulator '/consistency' @{ lag = 0 }
        }
        (Get-Latest again).value | Should -BeExactly 'anew'
    }

    It 'sets all attributes' {
        $times = @{ Expires = [datetime]::new(2030, 1, 1, 0, 0, 0, [System.DateTimeKind]::Utc); NotBefore = [datetime]::new(2020, 1, 1, 0, 0, 0, [System.DateTimeKind]::Utc) }
        $secret = Set-DoorkeySecret demo attributed $secure -ContentType 'text/plain' -Tag @{ team = 'blue'; tier = 1; none = $null } -Disable @times
        $secret.Enabled | Should -BeFalse
        $secret.Expires | Should -Be $times.Expires
        $secret.NotBefore | Should -Be $times.NotBefore
        $secret.ContentType | Should -BeExactly 'text/plain'
        $stored = Get-Latest attributed
        $stored.enabled | Should -BeFalse
        $stored.exp | Should -Be 1893456000
        $stored.nbf | Should -Be 1577836800
        $stored.content_type | Should -BeExactly 'text/plain'
        $stored.tags.team | Should -BeExactly 'blue'
        $stored.tags.tier | Should -BeExactly '1'
        $stored.tags.none | Should -BeExactly ''
    }

    It 'knows the alias of Az for tags' {
        (Set-DoorkeySecret demo tagged $secure -Tags @{ a = 'b' }).Tags.a | Should -BeExactly 'b'
    }

    It 'takes a time without a zone for UTC, as Az does, and converts a local one' {
        $null = Set-DoorkeySecret demo timed $secure -Expires ([datetime] '2030-01-01')
        (Get-Latest timed).exp | Should -Be 1893456000
        $local = [datetime]::new(2030, 1, 1, 0, 0, 0, [System.DateTimeKind]::Utc).ToLocalTime()
        $null = Set-DoorkeySecret demo timed $secure -Expires $local
        (Get-Latest timed).exp | Should -Be 1893456000
    }

    It 'gives a new version none of the attributes of the old one' {
        $null = Set-DoorkeySecret demo plain $secure -ContentType x -Tag @{ a = 'b' } -Expires ([datetime] '2030-01-01') -Disable
        $secret = Set-DoorkeySecret demo plain $secure
        $secret.Enabled | Should -BeTrue
        $secret.Expires | Should -BeNullOrEmpty
        $secret.ContentType | Should -BeNullOrEmpty
        $secret.Tags.Count | Should -Be 0
    }

    It 'takes a vault by its address, and a whole id' {
        $null = Set-DoorkeySecret -VaultUri $emulator.VaultUrl -Name addressed -SecretValue (ConvertTo-Secure '1')
        (Get-Latest addressed).value | Should -BeExactly '1'
        $null = Set-DoorkeySecret -Id "$demo/secrets/addressed" -SecretValue (ConvertTo-Secure '2')
        (Get-Latest addressed).value | Should -BeExactly '2'
    }

    It 'sets names from the pipeline, and copies secrets that are piped into another vault' {
        $null = 'piped-1', 'piped-2' | Set-DoorkeySecret demo -SecretValue $secure
        $null = 'piped-1', 'piped-2' | Get-DoorkeySecret demo | Set-DoorkeySecret -VaultName other
        (Get-Latest piped-2 other).value | Should -BeExactly 'value'
        (Get-Stored $emulator piped-1).versions.Count | Should -Be 1
    }

    It 'sets a secret that is piped anew in its own vault when a value is given' {
        $null = Get-DoorkeySecret demo made | Set-DoorkeySecret -SecretValue (ConvertTo-Secure 'newer')
        (Get-Latest made).value | Should -BeExactly 'newer'
    }

    It 'does not send a name that is deleted, recoverable, and so not free, without an error' {
        $null = Set-DoorkeySecret demo taken $secure
        Remove-DoorkeySecret demo taken -Force
        $failure = Get-Failure { Set-DoorkeySecret demo taken $secure }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.SecretDeleted,*'
        $failure.TargetObject | Should -BeExactly "$demo/secrets/taken"
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }
}

Describe 'Update-DoorkeySecret' {
    BeforeEach {
        $secret = Set-DoorkeySecret demo changed (ConvertTo-Secure 'kept') -ContentType old -Tag @{ a = '1' } -Expires ([datetime] '2030-01-01')
    }

    It 'changes what is given, keeps the rest, and puts out nothing' {
        Update-DoorkeySecret -VaultName demo -Name changed -Enable $false | Should -BeNullOrEmpty
        $stored = Get-Latest changed
        $stored.enabled | Should -BeFalse
        $stored.value | Should -BeExactly 'kept'
        $stored.content_type | Should -BeExactly 'old'
        $stored.exp | Should -Be 1893456000
        $stored.tags.a | Should -BeExactly '1'
    }

    It 'puts out with -PassThru what the secret has become, without a value' {
        $info = Update-DoorkeySecret demo changed -ContentType new -PassThru
        $info.PSObject.TypeNames[0] | Should -BeExactly 'Doorkey.SecretInfo'
        $info.ContentType | Should -BeExactly 'new'
        $info.Version | Should -BeExactly $secret.Version
    }

    It 'replaces all tags, and takes them and the content type away when they are empty' {
        Update-DoorkeySecret demo changed -Tag @{ b = '2' }
        (Get-Latest changed).tags.PSObject.Properties.Name | Should -BeExactly 'b'
        Update-DoorkeySecret demo changed -Tag @{} -ContentType ''
        $read = Get-DoorkeySecret demo changed
        $read.Tags.Count | Should -Be 0
        $read.ContentType | Should -BeNullOrEmpty
    }

    It 'changes times' {
        $info = Update-DoorkeySecret demo changed -Expires ([datetime] '2031-01-01') -NotBefore ([datetime] '2021-01-01') -PassThru
        $info.Expires | Should -Be ([datetime]::new(2031, 1, 1, 0, 0, 0, [System.DateTimeKind]::Utc))
        $info.NotBefore | Should -Be ([datetime]::new(2021, 1, 1, 0, 0, 0, [System.DateTimeKind]::Utc))
    }

    It 'changes one version, by position and by a piped object' {
        foreach ($number in 1..3) {
            $null = Invoke-Control $emulator '/secret' @{ name = 'versioned'; value = "$number"; created = 1700000000 + $number }
        }
        $newest, $second, $oldest = Get-DoorkeySecretInfo demo versioned -IncludeVersions
        Update-DoorkeySecret demo versioned $second.Version -ContentType second
        $oldest | Update-DoorkeySecret -ContentType oldest
        (Get-Stored $emulator versioned).versions.content_type -join ' ' | Should -BeExactly 'oldest second '
        (Get-Latest versioned).id | Should -BeExactly $newest.Version
    }

    It 'takes items of a list for the latest version' {
        Get-DoorkeySecretInfo demo 'chang*' | Update-DoorkeySecret -ContentType listed
        (Get-Latest changed).content_type | Should -BeExactly 'listed'
    }

    It 'takes an empty Version of a piped object for the latest, and refuses one on the command line' {
        [pscustomobject]@{ VaultName = 'demo'; Name = 'changed'; Version = '' } | Update-DoorkeySecret -ContentType row
        (Get-Latest changed).content_type | Should -BeExactly 'row'
        $before = Get-Traffic $emulator
        foreach ($none in '', $null, [NullString]::Value) {
            $failure = Get-Failure { Update-DoorkeySecret demo changed -Version $none -ContentType none }
            $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.InvalidArgument,*'
            $failure.Exception.Message | Should -BeExactly '-Version: must not be empty'
        }
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'leaves the current version alone by the recipe of its help, though all versions are of one second' {
        foreach ($number in 1..8) {
            $null = Invoke-Control $emulator '/secret' @{ name = 'db-password'; value = "$number"; created = 1700000000 }
        }
        $page = [System.IO.File]::ReadAllText((Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'docs/powershell/Update-DoorkeySecret.md'))
        $recipe = [regex]::Match($page, '(?s)### Example 2:.*?```powershell\r?\n(.*?)```').Groups[1].Value
        & ([scriptblock]::Create($recipe))
        $kept = (Get-Stored $emulator db-password).versions | Where-Object { $_.enabled -ne $false }
        @($kept).Count | Should -Be 1
        $kept.value | Should -BeExactly '8'
        Get-DoorkeySecret demo db-password -AsPlainText | Should -BeExactly '8'
    }

    It 'changes the attributes of a secret that belongs to a certificate, whose value it cannot change' {
        $null = Invoke-Control $emulator '/secret' @{ name = 'certified'; value = 'v'; managed = $true }
        Update-DoorkeySecret demo certified -ContentType new
        (Get-Latest certified).content_type | Should -BeExactly 'new'
        (Get-Failure { Set-DoorkeySecret demo certified $secure }).FullyQualifiedErrorId | Should -BeLike 'Doorkey.Forbidden,*'
        (Get-Failure { Remove-DoorkeySecret demo certified -Force }).FullyQualifiedErrorId | Should -BeLike 'Doorkey.Forbidden,*'
    }

    It 'says that a time cannot be taken away' {
        $before = Get-Traffic $emulator
        $failure = Get-Failure { Update-DoorkeySecret demo changed -Expires $null -Enable $true }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.InvalidArgument,*'
        $failure.Exception.Message | Should -BeLike '-Expires: *cannot be taken away*'
        (Get-Failure { Update-DoorkeySecret demo changed -NotBefore $null }).Exception.Message | Should -BeLike '-NotBefore: *'
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'tells a secret that is deleted' {
        $null = Set-DoorkeySecret demo gone $secure
        Remove-DoorkeySecret demo gone -Force
        (Get-Failure { Update-DoorkeySecret demo gone -Enable $true }).FullyQualifiedErrorId | Should -BeLike 'Doorkey.SecretDeleted,*'
    }

    It 'changes several by their names' {
        $null = Set-DoorkeySecret demo other-1, other-2 $secure
        Update-DoorkeySecret demo other-1, other-2 -ContentType both
        (Get-Latest other-1).content_type + (Get-Latest other-2).content_type | Should -BeExactly 'bothboth'
    }

    It 'takes an id with a version' {
        Update-DoorkeySecret -Id $secret.Id -ContentType id
        (Get-Latest changed).content_type | Should -BeExactly 'id'
    }

    It 'refuses to change nothing, before anything is sent' {
        $before = Get-Traffic $emulator
        $failure = Get-Failure { Update-DoorkeySecret demo changed }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.InvalidArgument,Doorkey.PowerShell.UpdateDoorkeySecretCommand'
        $failure.Exception.Message | Should -BeLike '-Enable, *'
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'writes an error for each that cannot be changed, and goes on' {
        'no-1', 'changed' | Update-DoorkeySecret demo -ContentType gone-on -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'Doorkey.SecretNotFound,Doorkey.PowerShell.UpdateDoorkeySecretCommand'
        $failed[0].TargetObject | Should -BeExactly "$demo/secrets/no-1"
        (Get-Latest changed).content_type | Should -BeExactly 'gone-on'
    }
}

Describe 'Before anything is sent' {
    It '<Cmdlet> refuses <Case>' -TestCases @(
        @{ Cmdlet = 'Set-DoorkeySecret'; Case = 'a value that is too long'; Parameter = '-SecretValue'; Arguments = @{ SecretValue = 'v' * 25601 } }
        @{ Cmdlet = 'Set-DoorkeySecret'; Case = 'half a surrogate pair'; Parameter = '-SecretValue'; Arguments = @{ SecretValue = "a$([char] 0xD800)" } }
        @{ Cmdlet = 'Set-DoorkeySecret'; Case = 'a value that is disposed of'; Parameter = '-SecretValue'; Arguments = @{ SecretValue = $null } }
        @{ Cmdlet = 'Set-DoorkeySecret'; Case = 'too many tags'; Parameter = '-Tag'; Arguments = @{ SecretValue = 'v'; Tag = 16 } }
        @{ Cmdlet = 'Set-DoorkeySecret'; Case = 'a tag without a name'; Parameter = '-Tag'; Arguments = @{ SecretValue = 'v'; Tag = '' } }
        @{ Cmdlet = 'Set-DoorkeySecret'; Case = 'a tag that is too long'; Parameter = '-Tag'; Arguments = @{ SecretValue = 'v'; Tag = 't' * 257 } }
        @{ Cmdlet = 'Update-DoorkeySecret'; Case = 'a tag that is too long'; Parameter = '-Tag'; Arguments = @{ Tag = 't' * 257 } }
        @{ Cmdlet = 'Update-DoorkeySecret'; Case = 'too many tags'; Parameter = '-Tag'; Arguments = @{ Tag = 16 } }
        @{ Cmdlet = 'Update-DoorkeySecret'; Case = 'a content type that is too long'; Parameter = '-ContentType'; Arguments = @{ ContentType = 'c' * 256 } }
        @{ Cmdlet = 'Set-DoorkeySecret'; Case = 'a content type that is too long'; Parameter = '-ContentType'; Arguments = @{ SecretValue = 'v'; ContentType = 'c' * 256 } }
        @{ Cmdlet = 'Set-DoorkeySecret'; Case = 'a time before 1970'; Parameter = '-Expires'; Arguments = @{ SecretValue = 'v'; Expires = [datetime] '1960-01-01' } }
        @{ Cmdlet = 'Update-DoorkeySecret'; Case = 'a time before 1970'; Parameter = '-NotBefore'; Arguments = @{ NotBefore = [datetime] '1960-01-01' } }
        @{ Cmdlet = 'Update-DoorkeySecret'; Case = 'a version with a path'; Parameter = '-Version'; Arguments = @{ Version = '../x'; Enable = $true } }
        @{ Cmdlet = 'Update-DoorkeySecret'; Case = 'a name with a path'; Parameter = '-Name'; Arguments = @{ Name = '../x'; Enable = $true } }
        @{ Cmdlet = 'Set-DoorkeySecret'; Case = 'an id with a version'; Parameter = '-Id'; Arguments = @{ Id = 'https://demo.vault.azure.net/secrets/x/0123'; SecretValue = 'v' } }
        @{ Cmdlet = 'Set-DoorkeySecret'; Case = 'a vault over http'; Parameter = '-VaultUri'; Arguments = @{ VaultUri = 'http://demo.vault.azure.net'; SecretValue = 'v' } }
    ) {
        param($Cmdlet, $Case, $Parameter, $Arguments)
        $given = $Arguments.Clone()
        if (-not $given.Id) {
            if (-not $given.VaultUri) { $given.VaultName = 'demo' }
            if (-not $given.Name) { $given.Name = 'refused' }
        }
        if ($given.ContainsKey('SecretValue')) {
            $given.SecretValue = [System.Security.SecureString]::new()
            "$($Arguments.SecretValue)".ToCharArray() | ForEach-Object { $given.SecretValue.AppendChar($_) }
            if ($null -eq $Arguments.SecretValue) { $given.SecretValue.Dispose() }
        }
        if ($given.ContainsKey('Tag')) {
            $given.Tag = @{}
            if ($Arguments.Tag -is [string]) { $given.Tag[$Arguments.Tag] = 'x' } else { 1..$Arguments.Tag | ForEach-Object { $given.Tag["tag$_"] = 'x' } }
        }
        $before = Get-Traffic $emulator
        $failure = Get-Failure { & $Cmdlet @given }
        $failure.FullyQualifiedErrorId | Should -Match '^Doorkey\.(InvalidArgument|LimitExceeded),'
        $failure.Exception.Message | Should -BeLike "$Parameter*: *"
        # And the same before anybody is asked.
        (Get-Failure { & $Cmdlet @given -WhatIf }).Exception.Message | Should -BeExactly $failure.Exception.Message
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'a tag that is there twice, as a number and as a text, is refused' {
        $before = Get-Traffic $emulator
        $tags = @{ 1 = 'a' }
        $tags['1'] = 'b'
        foreach ($command in { Set-DoorkeySecret demo refused $secure -Tag $tags }, { Update-DoorkeySecret demo refused -Tag $tags }) {
            $failure = Get-Failure $command
            $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.InvalidArgument,*'
            $failure.Exception.Message | Should -BeExactly "-Tag: names '1' twice"
            $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        }
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'the range of a time is said in years' {
        (Get-Failure { Set-DoorkeySecret demo refused $secure -Expires 1969-01-01 }).Exception.Message | Should -BeExactly '-Expires: must be a time from 1970 to 9999'
        (Get-Failure { Update-DoorkeySecret demo refused -NotBefore 1969-12-31 }).Exception.Message | Should -BeExactly '-NotBefore: must be a time from 1970 to 9999'
    }

    It '-WhatIf of <Cmdlet> refuses <Case>' -TestCases @(
        @{ Cmdlet = 'Set-DoorkeySecret'; Case = 'a name'; Parameter = '-Name'; Arguments = @{ Name = 'a_b'; SecretValue = $null } }
        @{ Cmdlet = 'Set-DoorkeySecret'; Case = 'an empty value'; Parameter = '-SecretValue'; Arguments = @{ Name = 'x'; SecretValue = $null } }
        @{ Cmdlet = 'Set-DoorkeySecret'; Case = 'an id with a version'; Parameter = '-Id'; Arguments = @{ Id = 'https://demo.vault.azure.net/secrets/x/0123'; SecretValue = $null } }
        @{ Cmdlet = 'Update-DoorkeySecret'; Case = 'nothing to change'; Parameter = '-Enable, *'; Arguments = @{ Name = 'x' } }
        @{ Cmdlet = 'Update-DoorkeySecret'; Case = 'a name that is too long'; Parameter = '-Name'; Arguments = @{ Name = 'n' * 128; Enable = $true } }
        @{ Cmdlet = 'Update-DoorkeySecret'; Case = 'a version'; Parameter = '-Version'; Arguments = @{ Name = 'x'; Version = 'a_b'; Enable = $true } }
        @{ Cmdlet = 'Update-DoorkeySecret'; Case = 'a vault'; Parameter = '-VaultName'; Arguments = @{ VaultName = 'd'; Name = 'x'; Enable = $true } }
        @{ Cmdlet = 'Remove-DoorkeySecret'; Case = 'an id that is none'; Parameter = '-Id'; Arguments = @{ Id = 'https://demo.vault.azure.net/keys/x' } }
        @{ Cmdlet = 'Remove-DoorkeySecret'; Case = 'the id of a deleted secret'; Parameter = '-Id'; Arguments = @{ Id = 'https://demo.vault.azure.net/deletedsecrets/x' } }
        @{ Cmdlet = 'Undo-DoorkeySecretRemoval'; Case = 'a name'; Parameter = '-Name'; Arguments = @{ Name = 'a.b' } }
        @{ Cmdlet = 'Backup-DoorkeySecret'; Case = 'a name'; Parameter = '-Name'; Arguments = @{ Name = 'a b' } }
    ) {
        param($Cmdlet, $Case, $Parameter, $Arguments)
        $given = $Arguments.Clone()
        if (-not $given.Id -and -not $given.VaultName) { $given.VaultName = 'demo' }
        if ($given.ContainsKey('SecretValue')) { $given.SecretValue = [System.Security.SecureString]::new() }
        $before = Get-Traffic $emulator
        $failure = Get-Failure { & $Cmdlet @given -WhatIf }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.InvalidArgument,*'
        $failure.Exception.Message | Should -BeLike "$Parameter*: *"
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It '-WhatIf takes ids with what each cmdlet takes' {
        $before = Get-Traffic $emulator
        Update-DoorkeySecret -Id "$demo/secrets/x/0123" -Enable $true -WhatIf | Should -BeNullOrEmpty
        Remove-DoorkeySecret -Id "$demo/deletedsecrets/x" -InRemovedState -WhatIf | Should -BeNullOrEmpty
        Undo-DoorkeySecretRemoval -Id "$demo/deletedsecrets/x" -WhatIf | Should -BeNullOrEmpty
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It '<Cmdlet> leads from a pattern to what lists secrets' -TestCases @(
        @{ Cmdlet = 'Set-DoorkeySecret'; Arguments = @{ SecretValue = [System.Net.NetworkCredential]::new('', 'v').SecurePassword }; Deleted = $false }
        @{ Cmdlet = 'Update-DoorkeySecret'; Arguments = @{ Enable = $true }; Deleted = $false }
        @{ Cmdlet = 'Remove-DoorkeySecret'; Arguments = @{ Force = $true }; Deleted = $false }
        @{ Cmdlet = 'Remove-DoorkeySecret'; Arguments = @{ Force = $true; InRemovedState = $true }; Deleted = $true }
        @{ Cmdlet = 'Backup-DoorkeySecret'; Arguments = @{}; Deleted = $false }
        @{ Cmdlet = 'Undo-DoorkeySecretRemoval'; Arguments = @{}; Deleted = $true }
    ) {
        param($Cmdlet, $Arguments, $Deleted)
        $before = Get-Traffic $emulator
        $failure = Get-Failure { & $Cmdlet demo 'db-*' @Arguments }
        $failure.Exception.Message | Should -BeExactly "-Name 'db-*': must not hold wildcard characters"
        $failure.ErrorDetails.RecommendedAction | Should -BeLike "Get-DoorkeySecretInfo * 'db-``*' *piped to $Cmdlet."
        ($failure.ErrorDetails.RecommendedAction -match '-InRemovedState') | Should -Be $Deleted
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It '<Cmdlet> tells with -WhatIf what it would do' -TestCases @(
        @{ Cmdlet = 'Set-DoorkeySecret'; Arguments = @{ SecretValue = [System.Net.NetworkCredential]::new('', 'v').SecurePassword } }
        @{ Cmdlet = 'Update-DoorkeySecret'; Arguments = @{ Enable = $false } }
    ) {
        param($Cmdlet, $Arguments)
        $before = Get-Traffic $emulator
        & $Cmdlet demo never @Arguments -WhatIf | Should -BeNullOrEmpty
        $WhatIfPreference = $true
        & $Cmdlet demo never @Arguments | Should -BeNullOrEmpty
        Get-Traffic $emulator | Should -BeExactly $before
    }
}
