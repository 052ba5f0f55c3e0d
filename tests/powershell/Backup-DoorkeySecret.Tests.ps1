# Backup-DoorkeySecret and Restore-DoorkeySecret: the file, what comes back from it, and what happens to files that there are.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
    Import-TestModule
    $emulator = Start-TestEmulator -With '--vault', 'demo', '--vault', 'other'
    $demo = Get-VaultAddress $emulator
    foreach ($value in 'old', 'new') {
        $null = Invoke-Control $emulator '/secret' @{ name = 'kept'; value = $value; tags = @{ team = 'blue' } }
    }
    $null = Get-DoorkeySecret demo kept

    # A folder that no other test uses.
    function New-Folder {
        (New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))).FullName
    }

    # Text as Key Vault gives a backup: base64url without padding.
    function ConvertFrom-Base64Url {
        param([string] $Text)
        [Convert]::FromBase64String($Text.Replace('-', '+').Replace('_', '/') + '=' * ((4 - $Text.Length % 4) % 4))
    }
}

AfterAll {
    Stop-TestEmulator $emulator
    Clear-TestEnvironment
}

Describe 'Backup-DoorkeySecret' {
    It 'writes a file and puts out its path' {
        $file = Join-Path (New-Folder) 'kept.backup'
        Backup-DoorkeySecret -VaultName demo -Name kept -OutputFile $file | Should -BeExactly $file
        (Get-Item $file).Length | Should -BeGreaterThan 100
    }

    It 'takes the file by position' {
        $file = Join-Path (New-Folder) 'kept.backup'
        Backup-DoorkeySecret demo kept $file | Should -BeExactly $file
        $other = Join-Path (New-Folder) 'kept.backup'
        Backup-DoorkeySecret -Id "$demo/secrets/kept" $other | Should -BeExactly $other
    }

    It 'names a file by vault, secret and time in the current folder, as Az does' {
        $folder = New-Folder
        Push-Location $folder
        try {
            $file = Backup-DoorkeySecret demo kept
            $uri = Backup-DoorkeySecret -VaultUri $emulator.VaultUrl -Name kept
        }
        finally {
            Pop-Location
        }
        Split-Path $file | Should -BeExactly $folder
        Split-Path $file -Leaf | Should -Match '^demo-kept-\d{10,}\.\d{5}$'
        Split-Path $uri -Leaf | Should -Match '^demo-kept-\d{10,}\.\d{5}$'
    }

    It 'writes in the folder of the file system when another drive is the current one' {
        $folder = New-Folder
        Push-Location $folder
        try {
            Set-Location Env:
            Split-Path (Backup-DoorkeySecret demo kept) | Should -BeExactly $folder
        }
        finally {
            Set-Location $folder
            Pop-Location
        }
    }

    It 'understands paths of PowerShell drives and relative ones' {
        $folder = New-Folder
        $null = New-PSDrive -Name Kept -PSProvider FileSystem -Root $folder
        Backup-DoorkeySecret demo kept Kept:/drive.backup | Should -BeExactly (Join-Path $folder 'drive.backup')
        Push-Location $folder
        try {
            Backup-DoorkeySecret demo kept ./relative.backup | Should -BeExactly (Join-Path $folder 'relative.backup')
        }
        finally {
            Pop-Location
            Remove-PSDrive Kept
        }
    }

    It 'takes brackets in a path as they are' {
        $file = Join-Path (New-Folder) 'kept[1].backup'
        Backup-DoorkeySecret demo kept $file | Should -BeExactly $file
        [System.IO.File]::Exists($file) | Should -BeTrue
    }

    It 'gives each secret a file of its own in a folder' {
        Set-TestSecret $emulator folder 2
        $folder = New-Folder
        $files = @(Get-DoorkeySecretInfo demo 'folder-*' | Backup-DoorkeySecret -OutputFile $folder)
        ($files | Split-Path -Leaf) -join ' ' | Should -Match '^demo-folder-1-\S+ demo-folder-2-\S+$'
        @(Get-ChildItem $folder).Count | Should -Be 2
    }

    It 'writes the bytes that Key Vault gives as text, as Az and the Azure CLI do' {
        $bytes = [System.Text.Encoding]::UTF8.GetBytes('&a backup of its own make?')
        $text = [Convert]::ToBase64String($bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_')
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; status = 200; body = "{`"value`":`"$text`"}"; content_type = 'application/json' }
        $file = Backup-DoorkeySecret demo kept (Join-Path (New-Folder) 'bytes')
        [System.IO.File]::ReadAllText($file) | Should -BeExactly '&a backup of its own make?'
    }

    It 'writes the text itself where the bytes would be taken for a text' {
        # 'abcd' is base64url of three bytes that are no text; 'YWJjZA' is that of the text 'abcd'.
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; status = 200; body = '{"value":"YWJjZA"}'; content_type = 'application/json' }
        $file = Backup-DoorkeySecret demo kept (Join-Path (New-Folder) 'text')
        [System.IO.File]::ReadAllText($file) | Should -BeExactly 'YWJjZA'
    }

    It 'makes the file private to its owner' -Skip:(-not (Test-Path /bin/ls) -or $PSVersionTable.PSVersion -lt [version] '7.3') {
        $file = Backup-DoorkeySecret demo kept (Join-Path (New-Folder) 'private')
        (& /bin/ls -l $file).Substring(0, 10) | Should -BeExactly '-rw-------'
    }

    # Only what the system is told when it makes the file goes through the mask: rights that are set afterwards would be 0600 here too.
    It 'makes it private when it makes it, and not afterwards' -Skip:(-not (Test-Path /bin/ls) -or $PSVersionTable.PSVersion -lt [version] '7.3') {
        $mask = Add-Type -Name Mask -Namespace DoorkeyTests -PassThru -MemberDefinition '[DllImport("libc")] public static extern uint umask(uint mask);'
        $folder = New-Folder
        $before = $mask::umask(0x80)
        try {
            $file = Backup-DoorkeySecret demo kept (Join-Path $folder 'private')
        }
        finally {
            $null = $mask::umask($before)
        }
        (& /bin/ls -l $file).Substring(0, 10) | Should -BeExactly '-r--------'
    }

    It 'says why a file cannot be made, in the words of the system' -Skip:(-not (Test-Path /dev/null)) {
        $failure = Get-Failure { Backup-DoorkeySecret demo kept (Join-Path (New-Folder) ('n' * 256)) }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.FileFailed,*'
        $failure.Exception.Message | Should -Match 'too long'
    }

    It 'takes a name as long as the system does' -Skip:(-not (Test-Path /dev/null)) {
        $file = Join-Path (New-Folder) ('n' * 255)
        Backup-DoorkeySecret demo kept $file | Should -BeExactly $file
        @(Get-ChildItem (Split-Path $file)).Name | Should -BeExactly ('n' * 255)
    }

    # In /proc nobody can make a file, whatever rights they have.
    It 'names the file that was wanted, and not the one that it writes first' -Skip:(-not (Test-Path /proc/self/stat)) {
        $failure = Get-Failure { Backup-DoorkeySecret demo kept /proc/doorkey-test }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.FileFailed,*'
        [regex]::Matches($failure.Exception.Message, '/proc/[^'']*').Value | Select-Object -Unique | Should -BeExactly '/proc/doorkey-test'
    }

    It 'leaves a file that exists alone, and sends nothing' {
        $file = Join-Path (New-Folder) 'there'
        [System.IO.File]::WriteAllText($file, 'older')
        $before = Get-Traffic $emulator
        $failure = Get-Failure { Backup-DoorkeySecret demo kept $file }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.FileExists,Doorkey.PowerShell.BackupDoorkeySecretCommand'
        $failure.CategoryInfo.Category | Should -Be 'ResourceExists'
        $failure.TargetObject | Should -BeExactly "$demo/secrets/kept"
        $failure.Exception.Message | Should -BeLike "*$file*"
        $failure.ErrorDetails.RecommendedAction | Should -Match '-Force'
        Get-Traffic $emulator | Should -BeExactly $before
        [System.IO.File]::ReadAllText($file) | Should -BeExactly 'older'
    }

    It 'replaces it with -Force' {
        $file = Join-Path (New-Folder) 'there'
        [System.IO.File]::WriteAllText($file, 'older')
        Backup-DoorkeySecret demo kept $file -Force | Should -BeExactly $file
        [System.IO.File]::ReadAllText($file) | Should -Not -BeExactly 'older'
        @(Get-ChildItem (Split-Path $file)).Count | Should -Be 1
    }

    It 'writes with -Force to the file that a symbolic link leads to, and keeps the link' -Skip:(-not (Test-Path /bin/ls)) {
        $folder = New-Folder
        $null = New-Item -ItemType Directory -Path (Join-Path $folder 'a/b'), (Join-Path $folder 'c')
        $file = Join-Path $folder 'a/there'
        [System.IO.File]::WriteAllText($file, 'older')
        $null = New-Item -ItemType SymbolicLink -Path (Join-Path $folder 'a/b/link') -Value '../there'
        # Behind a link to a folder, '..' is above that folder and not above the link.
        $null = New-Item -ItemType SymbolicLink -Path (Join-Path $folder 'c/folder') -Value (Join-Path $folder 'a/b')
        $link = Join-Path $folder 'c/folder/link'
        Backup-DoorkeySecret demo kept $link -Force | Should -BeExactly $link
        (Get-Item $link).LinkType | Should -BeExactly 'SymbolicLink'
        [System.IO.File]::ReadAllText($file) | Should -Not -BeExactly 'older'
        (Restore-DoorkeySecret demo $link -WhatIf) | Should -BeNullOrEmpty
        @(Get-ChildItem $folder -Recurse -File).Count | Should -Be 2
    }

    It 'refuses a link that <Case>, and leaves it as it is' -Skip:(-not (Test-Path /bin/ls)) -TestCases @(
        @{ Case = 'leads nowhere'; Target = 'gone'; Id = 'Doorkey.FileNotFound'; Said = "*'*link' is a link to '*gone', which is not there" }
        @{ Case = 'leads in a circle'; Target = 'link'; Id = 'Doorkey.FileFailed'; Said = "*'*link' is a link that leads in a circle" }
    ) {
        param($Case, $Target, $Id, $Said)
        $folder = New-Folder
        $link = Join-Path $folder 'link'
        & /bin/ln -s $Target $link
        $before = Get-Traffic $emulator
        foreach ($failure in (Get-Failure { Backup-DoorkeySecret demo kept $link -Force }), (Get-Failure { Restore-DoorkeySecret demo $link })) {
            $failure.FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $failure.Exception.Message | Should -BeLike $Said
            $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        }
        Get-Traffic $emulator | Should -BeExactly $before
        @(Get-ChildItem $folder -Force).Count | Should -Be 1
    }

    # PowerShell before 7.1 does not tell pipes from files.
    It 'refuses a pipe, by a link too, and neither waits for it nor replaces it' -Skip:(
        -not (Test-Path /bin/ls) -or -not (Get-Command mkfifo -ErrorAction SilentlyContinue) -or $PSVersionTable.PSVersion -lt [version] '7.1') {
        $folder = New-Folder
        $pipe = Join-Path $folder 'pipe'
        & mkfifo $pipe
        $link = Join-Path $folder 'link'
        & /bin/ln -s pipe $link
        $before = Get-Traffic $emulator
        foreach ($path in $pipe, $link) {
            $failures = (Get-Failure { Backup-DoorkeySecret demo kept $path }), (Get-Failure { Backup-DoorkeySecret demo kept $path -Force }), (Get-Failure { Restore-DoorkeySecret demo $path })
            foreach ($failure in $failures) {
                $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.FileFailed,*'
                $failure.Exception.Message | Should -BeLike "-*File: '$path' is no file, but a NamedPipe"
                $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
            }
        }
        Get-Traffic $emulator | Should -BeExactly $before
        (& /bin/ls -l $pipe).Substring(0, 1) | Should -BeExactly 'p'
    }

    It 'keeps an older file with -Force when the vault refuses' {
        $file = Join-Path (New-Folder) 'there'
        [System.IO.File]::WriteAllText($file, 'older')
        (Get-Failure { Backup-DoorkeySecret demo no-such $file -Force }).FullyQualifiedErrorId | Should -BeLike 'Doorkey.SecretNotFound,*'
        [System.IO.File]::ReadAllText($file) | Should -BeExactly 'older'
        @(Get-ChildItem (Split-Path $file)).Count | Should -Be 1
    }

    It 'does not write a second backup over the first of a pipeline' {
        Set-TestSecret $emulator pair 2
        $file = Join-Path (New-Folder) 'one'
        $written = 'pair-1', 'pair-2' | Backup-DoorkeySecret demo -OutputFile $file -Force -ErrorAction SilentlyContinue -ErrorVariable failed
        $written | Should -BeExactly $file
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'Doorkey.FileExists,*'
        $failed[0].TargetObject | Should -BeExactly "$demo/secrets/pair-2"
    }

    It 'refuses several names and one file as a whole, before anything is sent' {
        $file = Join-Path (New-Folder) 'one'
        $before = Get-Traffic $emulator
        foreach ($what in @{ VaultName = 'demo'; Name = 'a', 'b' }, @{ Id = "$demo/secrets/a", "$demo/secrets/b" }) {
            $failure = Get-Failure { Backup-DoorkeySecret @what -OutputFile $file -ErrorAction Continue }
            $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.InvalidArgument,Doorkey.PowerShell.BackupDoorkeySecretCommand'
            $failure.Exception.Message | Should -BeExactly '-OutputFile: is one file, and several secrets are named'
            $failure.ErrorDetails.RecommendedAction | Should -Match 'folder'
            (Get-Failure { Backup-DoorkeySecret @what -OutputFile $file -WhatIf }).Exception.Message | Should -BeLike '-OutputFile: *'
        }
        Get-Traffic $emulator | Should -BeExactly $before
        Test-Path $file | Should -BeFalse
    }

    It 'refuses with -WhatIf the second backup of a pipeline for one file, and none for a folder' {
        $folder = New-Folder
        $failure = Get-Failure { 'a', 'b' | Backup-DoorkeySecret demo -OutputFile (Join-Path $folder 'one') -WhatIf }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.FileExists,*'
        $failure.TargetObject | Should -BeExactly "$demo/secrets/b"
        Backup-DoorkeySecret demo a, b NoSuchDrive:/kept -WhatIf -ErrorAction SilentlyContinue -ErrorVariable failed
        ($failed | ForEach-Object { $_.FullyQualifiedErrorId.Split(',')[0] }) -join ' ' | Should -BeExactly 'Doorkey.FileNotFound Doorkey.FileNotFound'
        'a', 'b' | Backup-DoorkeySecret demo -OutputFile $folder -WhatIf | Should -BeNullOrEmpty
    }

    It 'refuses <Case> before anything is sent' -TestCases @(
        @{ Case = 'a folder that is missing'; Path = 'missing/kept'; Id = 'Doorkey.FileNotFound' }
        @{ Case = 'a drive that is missing'; Path = 'NoSuchDrive:/kept'; Id = 'Doorkey.FileNotFound' }
        @{ Case = 'a path that is no file'; Path = 'Env:/kept'; Id = 'Doorkey.FileFailed' }
    ) {
        param($Case, $Path, $Id)
        $before = Get-Traffic $emulator
        Push-Location (New-Folder)
        try {
            $failure = Get-Failure { Backup-DoorkeySecret demo kept $Path }
        }
        finally {
            Pop-Location
        }
        $failure.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'sends and writes nothing with -WhatIf' {
        $folder = New-Folder
        $file = Join-Path $folder 'never'
        $backup = Join-Path $folder 'some'
        [System.IO.File]::WriteAllText($backup, 'no backup at all')
        $before = Get-Traffic $emulator
        Backup-DoorkeySecret demo kept $file -WhatIf | Should -BeNullOrEmpty
        Restore-DoorkeySecret demo $backup -WhatIf | Should -BeNullOrEmpty
        Get-Traffic $emulator | Should -BeExactly $before
        Test-Path $file | Should -BeFalse
    }

    It 'refuses with -WhatIf what it would refuse without' {
        $file = Join-Path (New-Folder) 'there'
        [System.IO.File]::WriteAllText($file, 'older')
        $before = Get-Traffic $emulator
        (Get-Failure { Backup-DoorkeySecret demo kept $file -WhatIf }).FullyQualifiedErrorId | Should -BeLike 'Doorkey.FileExists,*'
        (Get-Failure { Backup-DoorkeySecret demo kept "$file/no/folder" -WhatIf }).FullyQualifiedErrorId | Should -BeLike 'Doorkey.FileNotFound,*'
        (Get-Failure { Restore-DoorkeySecret demo "$file.missing" -WhatIf }).FullyQualifiedErrorId | Should -BeLike 'Doorkey.FileNotFound,*'
        (Get-Failure { Restore-DoorkeySecret d $file -WhatIf }).Exception.Message | Should -BeLike '-VaultName: *'
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'shows nothing of a path that would act on a terminal' {
        $manifest = Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.psd1'
        $said = Invoke-Fresh "Import-Module '$manifest'; Restore-DoorkeySecret demo ('a' + [char] 7 + 'b') -WhatIf"
        "$said" | Should -Match 'a\?b'
        "$said".Contains([string] [char] 7) | Should -BeFalse
    }

    It 'shows nothing of it with -WhatIf either' -Skip:(-not (Test-Path /dev/null)) {
        $manifest = Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.psd1'
        $folder = New-Folder
        [System.IO.File]::WriteAllText((Join-Path $folder ('a' + [char] 7 + 'b')), 'no backup at all')
        $said = Invoke-Fresh "Import-Module '$manifest'; Set-Location '$folder'; Restore-DoorkeySecret demo ('a' + [char] 7 + 'b') -WhatIf"
        "$said" | Should -Match 'Restore secret from a\?b'
    }

    It 'takes several names, and tells one that is deleted' {
        Set-TestSecret $emulator both 3
        Remove-DoorkeySecret demo both-2 -Force
        $files = Backup-DoorkeySecret demo both-1, both-2, both-3 -OutputFile (New-Folder) -ErrorAction SilentlyContinue -ErrorVariable failed
        @($files).Count | Should -Be 2
        $failed.Count | Should -Be 1
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'Doorkey.SecretDeleted,*'
    }
}

Describe 'Restore-DoorkeySecret' {
    BeforeAll {
        $backup = Backup-DoorkeySecret demo kept (Join-Path (New-Folder) 'kept.backup')
    }

    It 'brings all versions and tags back, and puts the secret out without a value' {
        $info = Restore-DoorkeySecret -VaultName other -InputFile $backup
        $info.PSObject.TypeNames[0] | Should -BeExactly 'Doorkey.SecretInfo'
        $info.Name | Should -BeExactly 'kept'
        $info.VaultName | Should -BeExactly 'other'
        $stored = Get-Stored $emulator kept other
        $stored.versions.value -join ' ' | Should -BeExactly 'old new'
        $stored.versions[-1].tags.team | Should -BeExactly 'blue'
    }

    It 'does not touch a secret that there is' {
        $failure = Get-Failure { Restore-DoorkeySecret demo $backup }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.Conflict,Doorkey.PowerShell.RestoreDoorkeySecretCommand'
        $failure.CategoryInfo.Category | Should -Be 'ResourceExists'
        $failure.TargetObject | Should -BeExactly $backup
        "$failure" | Should -BeLike "'$backup': *"
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'tells a name that is deleted, and so not free' {
        Set-TestSecret $emulator buried 1
        $file = Backup-DoorkeySecret demo buried-1 (Join-Path (New-Folder) 'buried')
        Remove-DoorkeySecret demo buried-1 -Force
        (Get-Failure { Restore-DoorkeySecret demo $file }).FullyQualifiedErrorId | Should -BeLike 'Doorkey.SecretDeleted,*'
    }

    It 'takes paths and files from the pipeline' {
        Set-TestSecret $emulator moved 2
        $folder = New-Folder
        (Backup-DoorkeySecret demo moved-1 $folder | Restore-DoorkeySecret other).Name | Should -BeExactly 'moved-1'
        $null = Backup-DoorkeySecret demo moved-2 $folder
        $restored = Get-ChildItem $folder -Filter 'demo-moved-2*' | Restore-DoorkeySecret -VaultName other
        $restored.Name | Should -BeExactly 'moved-2'
    }

    It 'takes a vault by its address, and the text of a backup as it is' {
        Set-TestSecret $emulator texts 1
        $file = Backup-DoorkeySecret demo texts-1 (Join-Path (New-Folder) 'bytes')
        $text = [Convert]::ToBase64String([System.IO.File]::ReadAllBytes($file)).TrimEnd('=').Replace('+', '-').Replace('/', '_')
        [System.IO.File]::WriteAllText($file, $text)
        Remove-DoorkeySecret demo texts-1 -Force
        Remove-DoorkeySecret demo texts-1 -InRemovedState -Force
        (Restore-DoorkeySecret -VaultUri $emulator.VaultUrl -InputFile $file).Name | Should -BeExactly 'texts-1'
    }

    It 'refuses <Case> before anything is sent' -TestCases @(
        @{ Case = 'a file that is missing'; Bytes = -1; Id = 'Doorkey.FileNotFound'; Category = 'ObjectNotFound' }
        @{ Case = 'an empty file'; Bytes = 0; Id = 'Doorkey.FileFailed'; Category = 'InvalidArgument' }
        @{ Case = 'a file that is too large'; Bytes = 4194305; Id = 'Doorkey.FileFailed'; Category = 'InvalidArgument' }
    ) {
        param($Case, $Bytes, $Id, $Category)
        $file = Join-Path (New-Folder) 'bad'
        if ($Bytes -ge 0) {
            [System.IO.File]::WriteAllBytes($file, [byte[]]::new($Bytes))
        }
        $before = Get-Traffic $emulator
        $failure = Get-Failure { Restore-DoorkeySecret demo $file }
        $failure.FullyQualifiedErrorId | Should -BeExactly "$Id,Doorkey.PowerShell.RestoreDoorkeySecretCommand"
        $failure.CategoryInfo.Category | Should -Be $Category
        $failure.TargetObject | Should -BeExactly $file
        "$failure" | Should -BeLike "*'$file'*"
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'goes on after a file that no vault takes' {
        Set-TestSecret $emulator after 1
        $folder = New-Folder
        [System.IO.File]::WriteAllText((Join-Path $folder 'a'), 'no backup at all')
        $good = Backup-DoorkeySecret demo after-1 (Join-Path $folder 'b')
        $restored = Get-ChildItem $folder | Sort-Object Name | Restore-DoorkeySecret other -ErrorAction SilentlyContinue -ErrorVariable failed
        $restored.Name | Should -BeExactly 'after-1'
        $failed.Count | Should -Be 1
        $failed[0].TargetObject | Should -BeExactly (Join-Path $folder 'a')
        "$($failed[0])" | Should -BeLike ("'" + (Join-Path $folder 'a') + "': *")
        $failed[0].ErrorDetails.RecommendedAction | Should -Match 'backup'
        $good | Should -Not -BeNullOrEmpty
    }

    It 'names the file also where the vault is wrong' {
        $failure = Get-Failure { Restore-DoorkeySecret d $backup }
        $failure.Exception.Message | Should -BeLike '-VaultName: *'
        $failure.TargetObject | Should -BeExactly $backup
    }
}
