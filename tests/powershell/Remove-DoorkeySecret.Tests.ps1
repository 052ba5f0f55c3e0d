# Remove-DoorkeySecret and Undo-DoorkeySecretRemoval: what goes, what comes back, what is waited for, and who is asked before.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
    Import-TestModule
    $emulator = Start-TestEmulator -With '--vault', 'demo', '--vault', 'other'
    $demo = Get-VaultAddress $emulator
    $manifest = Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.psd1'
    $null = Get-DoorkeySecret demo MyTestSecret

    function Set-Stored {
        param([string] $Name, [string] $Value = 'x')
        $null = Invoke-Control $emulator '/secret' @{ name = $Name; value = $Value }
    }

    # Where a name is: among the secrets, among the deleted ones, or nowhere.
    function Get-Whereabouts {
        param([string] $Name)
        $all = Invoke-Control $emulator '/secrets?vault=demo'
        if ($all.secrets -ccontains $Name) { 'here' } elseif ($all.deleted -ccontains $Name) { 'deleted' } else { 'gone' }
    }
}

AfterAll {
    Stop-TestEmulator $emulator
    Clear-TestEnvironment
}

Describe 'Remove-DoorkeySecret' {
    It 'deletes a secret and puts out nothing' {
        Set-Stored deleted
        Remove-DoorkeySecret -VaultName demo -Name deleted -Force | Should -BeNullOrEmpty
        Get-Whereabouts deleted | Should -BeExactly 'deleted'
    }

    It 'puts out with -PassThru until when it can be recovered' {
        Set-Stored passed
        $info = Remove-DoorkeySecret demo passed -Force -PassThru
        $info.PSObject.TypeNames[0] | Should -BeExactly 'Doorkey.SecretInfo'
        $info.Name | Should -BeExactly 'passed'
        $info.RecoveryId | Should -BeExactly "$demo/deletedsecrets/passed"
        $info.ScheduledPurgeDate | Should -BeGreaterThan $info.DeletedDate
    }

    It 'purges with -InRemovedState what is deleted, and puts out nothing' {
        Set-Stored purged
        Remove-DoorkeySecret demo purged -Force
        Remove-DoorkeySecret demo purged -InRemovedState -Force -PassThru | Should -BeNullOrEmpty
        Get-Whereabouts purged | Should -BeExactly 'gone'
    }

    It 'never touches another vault than the one that was listed, whatever ids the list holds' {
        Set-TestSecret $emulator foreign 1 -Vault other
        $body = '{"value":[{"id":"' + (Get-VaultAddress $emulator other) + '/secrets/foreign-1"}]}'
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; status = 200; body = $body; content_type = 'application/json' }
        Get-DoorkeySecretInfo -VaultName demo -ErrorAction SilentlyContinue | Remove-DoorkeySecret -Force -ErrorAction SilentlyContinue
        (Invoke-Control $emulator '/secrets?vault=other').secrets | Should -Contain 'foreign-1'
    }

    It 'purges what is listed as deleted' {
        'list-1', 'list-2' | ForEach-Object { Set-Stored $_ }
        'list-1', 'list-2' | Remove-DoorkeySecret demo -Force
        Get-DoorkeySecretInfo demo 'list-*' -InRemovedState | Remove-DoorkeySecret -InRemovedState -Force
        Get-Whereabouts list-1 | Should -BeExactly 'gone'
        Get-Whereabouts list-2 | Should -BeExactly 'gone'
    }

    It 'takes what is listed, a vault by its address, an id and a recovery id' {
        'form-1', 'form-2', 'form-3' | ForEach-Object { Set-Stored $_ }
        Get-DoorkeySecretInfo demo form-1 | Remove-DoorkeySecret -Force
        Remove-DoorkeySecret -VaultUri $emulator.VaultUrl -Name form-2 -Force
        Remove-DoorkeySecret -Id "$demo/secrets/form-3" -Force
        Remove-DoorkeySecret -Id "$demo/deletedsecrets/form-3" -InRemovedState -Force
        'form-1', 'form-2', 'form-3' | ForEach-Object { Get-Whereabouts $_ } | Should -Be 'deleted', 'deleted', 'gone'
    }

    It 'takes several names and several ids' {
        'name-1', 'name-2' | ForEach-Object { Set-Stored $_ }
        Remove-DoorkeySecret demo name-1, name-2 -Force
        Remove-DoorkeySecret -Id "$demo/deletedsecrets/name-1", "$demo/secrets/name-2" -InRemovedState -Force
        'name-1', 'name-2' | ForEach-Object { Get-Whereabouts $_ } | Should -Be 'gone', 'gone'
    }

    It 'tells a secret that is deleted already' {
        Set-Stored already
        Remove-DoorkeySecret demo already -Force
        (Get-Failure { Remove-DoorkeySecret demo already -Force }).FullyQualifiedErrorId | Should -BeLike 'Doorkey.SecretDeleted,*'
    }

    It 'leads from a name with a version to the name alone' {
        $failure = Get-Failure { Remove-DoorkeySecret demo x/0123 -Force }
        $failure.Exception.Message | Should -BeExactly "-Name 'x/0123': must be a name alone, and holds a version"
        $failure.ErrorDetails.RecommendedAction | Should -Match 'all its versions'
    }

    It 'refuses an object that is one version, as -IncludeVersions lists them, and leaves the secret alone' {
        'old', 'new' | ForEach-Object { Set-Stored versioned $_ }
        $current = (Get-DoorkeySecret demo versioned).Version
        $other = Get-DoorkeySecretInfo demo 'version*' -IncludeVersions | Where-Object Version -NE $current
        $before = Get-Traffic $emulator
        $failure = Get-Failure { $other | Remove-DoorkeySecret -Force }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.InvalidArgument,Doorkey.PowerShell.RemoveDoorkeySecretCommand'
        $failure.Exception.Message | Should -BeExactly "-Name 'versioned': the object that was piped is one version, and the whole secret would be meant"
        $failure.ErrorDetails.RecommendedAction | Should -Match 'Update-DoorkeySecret'
        $failure.TargetObject | Should -BeExactly "$demo/secrets/versioned"
        Get-Traffic $emulator | Should -BeExactly $before
        Get-Whereabouts versioned | Should -BeExactly 'here'
    }

    It 'refuses it from a file and with other properties left out' {
        'old', 'new' | ForEach-Object { Set-Stored filed $_ }
        $versions = Get-DoorkeySecretInfo demo filed -IncludeVersions
        $xml = Join-Path $TestDrive 'versions.xml'
        $csv = Join-Path $TestDrive 'versions.csv'
        $versions | Export-Clixml $xml
        $versions | Export-Csv $csv -NoTypeInformation
        foreach ($copies in @(Import-Clixml $xml), @(Import-Csv $csv), @($versions | Select-Object -Property *), @($versions | Select-Object -First 2)) {
            $copies.Count | Should -Be 2
            $copies | Remove-DoorkeySecret -Force -ErrorAction SilentlyContinue -ErrorVariable failed
            ($failed | ForEach-Object { $_.FullyQualifiedErrorId.Split(',')[0] }) -join ' ' | Should -BeExactly 'Doorkey.InvalidArgument Doorkey.InvalidArgument'
        }
        Get-Whereabouts filed | Should -BeExactly 'here'
    }

    It 'refuses it also behind Update-DoorkeySecret -PassThru' {
        'old', 'new' | ForEach-Object { Set-Stored passing $_ }
        $versions = Get-DoorkeySecretInfo demo passing -IncludeVersions
        (Get-Failure { $versions[1] | Update-DoorkeySecret -ContentType x -PassThru | Remove-DoorkeySecret -Force }).Exception.Message | Should -BeLike '*one version*'
        $version = $versions[1].Version
        (Get-Failure { Update-DoorkeySecret demo passing $version -ContentType y -PassThru | Remove-DoorkeySecret -Force }).Exception.Message | Should -BeLike '*one version*'
        $id = $versions[1].Id
        (Get-Failure { Update-DoorkeySecret -Id $id -ContentType z -PassThru | Remove-DoorkeySecret -Force }).Exception.Message | Should -BeLike '*one version*'
        Get-Whereabouts passing | Should -BeExactly 'here'
        Get-DoorkeySecret demo passing | Update-DoorkeySecret -ContentType w -PassThru | Should -Not -BeNullOrEmpty
        Update-DoorkeySecret demo passing -ContentType x -PassThru | Remove-DoorkeySecret -Force
        Get-Whereabouts passing | Should -BeExactly 'deleted'
    }

    It '<Cmdlet> refuses it too' -TestCases @(
        @{ Cmdlet = 'Backup-DoorkeySecret'; Arguments = @{ OutputFile = 'never' } }
        @{ Cmdlet = 'Undo-DoorkeySecretRemoval'; Arguments = @{} }
        @{ Cmdlet = 'Set-DoorkeySecret'; Arguments = @{ SecretValue = [System.Net.NetworkCredential]::new('', 'v').SecurePassword } }
    ) {
        param($Cmdlet, $Arguments)
        Set-Stored others
        $version = Get-DoorkeySecretInfo demo others -IncludeVersions
        $before = Get-Traffic $emulator
        (Get-Failure { $version | & $Cmdlet @Arguments }).Exception.Message | Should -BeLike "-Name 'others': *one version*"
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'takes other objects that name a version for the secret, as Az does' {
        'whole-1', 'whole-2', 'whole-3', 'whole-4' | ForEach-Object { Set-Stored $_ }
        Get-DoorkeySecret demo whole-1 | Remove-DoorkeySecret -Force
        Get-DoorkeySecretInfo demo whole-2 | Remove-DoorkeySecret -Force
        [pscustomobject]@{ VaultName = 'demo'; Name = 'whole-3'; Version = '0' * 32 } | Remove-DoorkeySecret -Force
        $csv = Join-Path $TestDrive 'secrets.csv'
        Get-DoorkeySecretInfo demo 'whole-4' | Export-Csv $csv -NoTypeInformation
        Import-Csv $csv | Remove-DoorkeySecret -Force
        'whole-1', 'whole-2', 'whole-3', 'whole-4' | ForEach-Object { Get-Whereabouts $_ } | Select-Object -Unique | Should -BeExactly 'deleted'
    }

    It 'waits until Key Vault has done it, so that the next step finds it done' {
        Set-Stored lagging
        $null = Invoke-Control $emulator '/consistency' @{ lag = 2 }
        try {
            Remove-DoorkeySecret demo lagging -Force
            (Get-DoorkeySecretInfo demo lagging -InRemovedState).Name | Should -BeExactly 'lagging'
            $null = Undo-DoorkeySecretRemoval demo lagging
            Get-DoorkeySecret demo lagging -AsPlainText | Should -BeExactly 'x'
        }
        finally {
            $null = Invoke-Control $emulator '/consistency' @{ lag = 0 }
        }
    }

    It 'writes an error for each that cannot be removed, and goes on' {
        Set-Stored after
        'no-1', 'after' | Remove-DoorkeySecret demo -Force -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed.Count | Should -Be 1
        $failed[0].FullyQualifiedErrorId | Should -BeExactly 'Doorkey.SecretNotFound,Doorkey.PowerShell.RemoveDoorkeySecretCommand'
        $failed[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failed[0].TargetObject | Should -BeExactly "$demo/secrets/no-1"
        $failed[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        Get-Whereabouts after | Should -BeExactly 'deleted'
    }

    It 'names the right that is missing' {
        Set-Stored denied
        $null = Invoke-Control $emulator '/deny' @{ operation = 'delete'; reason = 'access_policy' }
        try {
            $failure = Get-Failure { Remove-DoorkeySecret demo denied -Force }
        }
        finally {
            $null = Invoke-Control $emulator '/deny' @{ operation = 'delete' }
        }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.Forbidden,*'
        $failure.CategoryInfo.Category | Should -Be 'PermissionDenied'
        $failure.ErrorDetails.RecommendedAction | Should -Match '"delete"'
    }

    It 'refuses <Case> before anything is sent' -TestCases @(
        @{ Case = 'a name with a path'; Arguments = @{ VaultName = 'demo'; Name = '../x' } }
        @{ Case = 'an id with a version'; Arguments = @{ Id = 'https://demo.vault.azure.net/secrets/x/0123' } }
        @{ Case = 'an id that is none'; Arguments = @{ Id = 'x' } }
        @{ Case = 'two identities'; Arguments = @{ VaultName = 'demo'; Name = 'x'; ClientId = 'a'; ObjectId = 'b' } }
    ) {
        param($Case, $Arguments)
        $before = Get-Traffic $emulator
        (Get-Failure { Remove-DoorkeySecret @Arguments -Force }).FullyQualifiedErrorId | Should -BeLike 'Doorkey.InvalidArgument,*'
        Get-Traffic $emulator | Should -BeExactly $before
    }
}

Describe 'The question of Remove-DoorkeySecret' {
    BeforeAll {
        Set-Stored asked
    }

    It 'is put by default, and nothing is sent before it is answered' {
        $before = Get-Traffic $emulator
        # A runspace that nobody sits at cannot put the question, which ends the pipeline.
        $shell = [powershell]::Create()
        $null = $shell.AddScript("param(`$Manifest) Import-Module `$Manifest; Remove-DoorkeySecret demo asked").AddArgument($manifest)
        $null = $shell.Invoke()
        $shell.Streams.Error.Count | Should -Be 1
        $shell.Streams.Error[0].FullyQualifiedErrorId | Should -Not -BeLike 'Doorkey.*'
        $shell.Dispose()
        Get-Traffic $emulator | Should -BeExactly $before
        Get-Whereabouts asked | Should -BeExactly 'here'
    }

    It 'is put with -Force too when -Confirm asks for it' {
        $before = Get-Traffic $emulator
        $shell = [powershell]::Create()
        $null = $shell.AddScript("param(`$Manifest) Import-Module `$Manifest; Remove-DoorkeySecret demo asked -Force -Confirm").AddArgument($manifest)
        $null = $shell.Invoke()
        $shell.Streams.Error.Count | Should -Be 1
        $shell.Streams.Error[0].FullyQualifiedErrorId | Should -Not -BeLike 'Doorkey.*'
        $shell.Dispose()
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'is not put with -WhatIf, which sends nothing' {
        $before = Get-Traffic $emulator
        Remove-DoorkeySecret demo asked -WhatIf | Should -BeNullOrEmpty
        Remove-DoorkeySecret demo asked -WhatIf -Force | Should -BeNullOrEmpty
        Remove-DoorkeySecret demo asked -WhatIf -InRemovedState -Force | Should -BeNullOrEmpty
        Undo-DoorkeySecretRemoval demo asked -WhatIf | Should -BeNullOrEmpty
        $WhatIfPreference = $true
        Remove-DoorkeySecret demo asked -Force | Should -BeNullOrEmpty
        Get-Traffic $emulator | Should -BeExactly $before
        Get-Whereabouts asked | Should -BeExactly 'here'
    }

    It 'is answered beforehand by -Confirm:$false' {
        Remove-DoorkeySecret demo asked -Confirm:$false
        Get-Whereabouts asked | Should -BeExactly 'deleted'
    }
}

Describe 'Undo-DoorkeySecretRemoval' {
    It 'brings a secret back with all its versions, and puts it out without a value' {
        Set-Stored undone old
        Set-Stored undone new
        Remove-DoorkeySecret demo undone -Force
        $info = Undo-DoorkeySecretRemoval -VaultName demo -Name undone
        $info.PSObject.TypeNames[0] | Should -BeExactly 'Doorkey.SecretInfo'
        $info.Name | Should -BeExactly 'undone'
        (Get-Stored $emulator undone).versions.value -join ' ' | Should -BeExactly 'old new'
    }

    It 'takes what is listed as deleted, and the recovery id' {
        'back-1', 'back-2' | ForEach-Object { Set-Stored $_ }
        'back-1', 'back-2' | Remove-DoorkeySecret demo -Force
        $null = Get-DoorkeySecretInfo demo back-1 -InRemovedState | Undo-DoorkeySecretRemoval
        $null = Undo-DoorkeySecretRemoval -Id "$demo/deletedsecrets/back-2"
        Get-Whereabouts back-1 | Should -BeExactly 'here'
        Get-Whereabouts back-2 | Should -BeExactly 'here'
    }

    It 'tells a name that is not deleted' {
        $failure = Get-Failure { Undo-DoorkeySecretRemoval demo no-such }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.SecretNotFound,Doorkey.PowerShell.UndoDoorkeySecretRemovalCommand'
        $failure.TargetObject | Should -BeExactly "$demo/secrets/no-such"
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }
}
