# Get-DoorkeySecret: what comes out for every way of asking, and what is said about what cannot be had.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
    Import-TestModule
    $emulator = Start-TestEmulator
    $demo = Get-VaultAddress $emulator
}

AfterAll {
    Stop-TestEmulator $emulator
    Clear-TestEnvironment
}

Describe 'Get-DoorkeySecret' {
    It 'reads a secret by the bare name of its vault' {
        $secret = Get-DoorkeySecret -VaultName demo -Name MyTestSecret
        ConvertTo-Text $secret.SecretValue | Should -BeExactly 'p@ssw0rd!'
    }

    It 'takes vault, name and version by position' {
        $latest = Get-DoorkeySecret demo MyTestSecret
        (Get-DoorkeySecret demo MyTestSecret $latest.Version).Id | Should -BeExactly $latest.Id
    }

    It 'takes a vault by its host' {
        $name = ([uri] $emulator.VaultUrl).Authority
        Get-DoorkeySecret $name MyTestSecret -AsPlainText | Should -BeExactly 'p@ssw0rd!'
    }

    It 'takes a vault by its address' {
        Get-DoorkeySecret -VaultUri $emulator.VaultUrl -Name MyTestSecret -AsPlainText | Should -BeExactly 'p@ssw0rd!'
        Get-DoorkeySecret -VaultUri ($emulator.VaultUrl + '/') MyTestSecret -AsPlainText | Should -BeExactly 'p@ssw0rd!'
    }

    It 'takes an id by position where an array tells it from a vault, and by the name that Az has for it' {
        $id = $demo + '/secrets/MyTestSecret'
        Get-DoorkeySecret @($id) -AsPlainText | Should -BeExactly 'p@ssw0rd!'
        Get-DoorkeySecret -SecretId $id -AsPlainText | Should -BeExactly 'p@ssw0rd!'
    }

    It 'takes whole ids, with and without version' {
        $id = (Get-DoorkeySecret demo MyTestSecret).Id
        $secrets = @(Get-DoorkeySecret -Id $id, ($emulator.VaultUrl + '/secrets/MyTestSecret'))
        $secrets.Count | Should -Be 2
        $secrets[0].Id | Should -BeExactly $id
        $secrets[1].Id | Should -BeExactly $id
    }

    It 'knows the aliases of Az' {
        $latest = Get-DoorkeySecret -VaultName demo -SecretName MyTestSecret
        (Get-DoorkeySecret -VaultName demo -SecretName MyTestSecret -SecretVersion $latest.Version).Version | Should -BeExactly $latest.Version
    }

    It 'puts out the properties of Az' {
        $null = Invoke-Control $emulator '/secret' @{ name = 'described'; value = 'v'; enabled = $true; content_type = 'text/plain'; tags = @{ team = 'blue' }; exp = 4102444800; nbf = 1577836800 }
        $secret = Get-DoorkeySecret demo described
        $secret.PSObject.TypeNames[0] | Should -BeExactly 'Doorkey.Secret'
        $secret.VaultName | Should -BeExactly 'demo'
        $secret.Name | Should -BeExactly 'described'
        $secret.Version | Should -Match '^[0-9a-f]{32}$'
        $secret.Id | Should -Match '/secrets/described/[0-9a-f]{32}$'
        $secret.SecretValue | Should -BeOfType ([System.Security.SecureString])
        $secret.Enabled | Should -BeTrue
        $secret.Expires | Should -Be ([datetime]::new(2100, 1, 1, 0, 0, 0, [System.DateTimeKind]::Utc))
        $secret.NotBefore | Should -Be ([datetime]::new(2020, 1, 1, 0, 0, 0, [System.DateTimeKind]::Utc))
        $secret.Created.Kind | Should -Be 'Utc'
        $secret.Updated.Kind | Should -Be 'Utc'
        $secret.ContentType | Should -BeExactly 'text/plain'
        $secret.Tags.team | Should -BeExactly 'blue'
        ($secret.PSObject.Properties.Name | Sort-Object) -join ' ' | Should -BeExactly 'ContentType Created Enabled Expires Id Name NotBefore SecretValue Tags Updated VaultName Version'
    }

    It 'puts out with -AsPlainText exactly the text that the vault holds' {
        $value = " tabs`t and lines`r`n and " + [char] 0xE4 + [char]::ConvertFromUtf32(0x1F600) + ' '
        $null = Invoke-Control $emulator '/secret' @{ name = 'odd'; value = $value }
        $text = Get-DoorkeySecret demo odd -AsPlainText
        $text | Should -BeOfType ([string])
        $text | Should -BeExactly $value
        ConvertTo-Text (Get-DoorkeySecret demo odd).SecretValue | Should -BeExactly $value
    }

    It 'keeps a NUL and what follows it' {
        $value = "a$([char] 0)b"
        $null = Invoke-Control $emulator '/secret' @{ name = 'nul'; value = $value }
        (Get-DoorkeySecret demo nul -AsPlainText).Length | Should -Be 3
        (Get-DoorkeySecret demo nul).SecretValue.Length | Should -Be 3
    }

    It 'takes several names and keeps their order' {
        $null = Invoke-Control $emulator '/secret' @{ name = 'one'; value = '1' }
        $null = Invoke-Control $emulator '/secret' @{ name = 'two'; value = '2' }
        (Get-DoorkeySecret demo two, one, MyTestSecret -AsPlainText) -join ' ' | Should -BeExactly '2 1 p@ssw0rd!'
    }

    It 'reads names from the pipeline and goes on after one that cannot be read' {
        $values = 'MyTestSecret', 'not-there', 'MyTestSecret' | Get-DoorkeySecret demo -AsPlainText -ErrorAction SilentlyContinue -ErrorVariable failed
        @($values).Count | Should -Be 2
        $failed.Count | Should -Be 1
        $failed[0].TargetObject | Should -BeExactly "$demo/secrets/not-there"
    }

    It 'writes one error for each of several names that cannot be read' {
        $values = Get-DoorkeySecret demo no-1, MyTestSecret, no-2 -AsPlainText -ErrorAction SilentlyContinue -ErrorVariable failed
        $values | Should -BeExactly 'p@ssw0rd!'
        ($failed | ForEach-Object { $_.TargetObject }) -join ' ' | Should -BeExactly "$demo/secrets/no-1 $demo/secrets/no-2"
    }

    It 'reads names and vaults from the properties of objects' {
        $wanted = [pscustomobject]@{ VaultName = 'demo'; Name = 'MyTestSecret' }
        $wanted | Get-DoorkeySecret -AsPlainText | Should -BeExactly 'p@ssw0rd!'
        Get-DoorkeySecret demo MyTestSecret | Get-DoorkeySecret -AsPlainText | Should -BeExactly 'p@ssw0rd!'
    }

    It 'reads exactly the version that an object names, and the latest for the next that names none' {
        $null = Invoke-Control $emulator '/secret' @{ name = 'turned'; value = 'old' }
        $old = Get-DoorkeySecret demo turned
        $null = Invoke-Control $emulator '/secret' @{ name = 'turned'; value = 'new' }
        $old | Get-DoorkeySecret -AsPlainText | Should -BeExactly 'old'
        $old | Get-DoorkeySecret demo -AsPlainText | Should -BeExactly 'old'
        $old | Get-DoorkeySecret -VaultUri $emulator.VaultUrl -AsPlainText | Should -BeExactly 'old'
        [pscustomobject]@{ Id = $old.Id } | Get-DoorkeySecret -AsPlainText | Should -BeExactly 'old'
        $wanted = [pscustomobject]@{ Name = 'turned'; Version = $old.Version }, [pscustomobject]@{ Name = 'turned' }
        ($wanted | Get-DoorkeySecret demo -AsPlainText) -join ' ' | Should -BeExactly 'old new'
    }

    It 'reads names from the pipeline beside -VaultUri, and leaves the second word to no parameter there' {
        'MyTestSecret' | Get-DoorkeySecret -VaultUri $emulator.VaultUrl -AsPlainText | Should -BeExactly 'p@ssw0rd!'
        (Get-Failure { Get-DoorkeySecret demo MyTestSecret -VaultUri $emulator.VaultUrl }).FullyQualifiedErrorId | Should -BeLike 'PositionalParameterNotFound,*'
    }

    It 'does nothing for an empty pipeline' {
        @(@() | Get-DoorkeySecret demo).Count | Should -Be 0
    }

    It 'uses a token of the callers own and no identity' {
        $issued = (Invoke-Control $emulator '/tokens/issue' @{ audience = $emulator.Audience; lifetime_s = 600 }).token
        $own = [System.Net.NetworkCredential]::new('', $issued).SecurePassword
        try {
            $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = 'http://127.0.0.1:1'
            $values = 'MyTestSecret', 'MyTestSecret' | Get-DoorkeySecret demo -AccessToken $own -AsPlainText
            $values -join ' ' | Should -BeExactly 'p@ssw0rd! p@ssw0rd!'
        }
        finally {
            Use-TestEmulator $emulator
        }
    }

    It 'refuses a token that is not for the vault' {
        $own = [System.Net.NetworkCredential]::new('', 'no-token').SecurePassword
        (Get-Failure { Get-DoorkeySecret demo MyTestSecret -AccessToken $own }).FullyQualifiedErrorId | Should -BeLike 'Doorkey.Unauthorized,*'
    }

    It 'asks for a new token with -ForceRefresh' {
        $null = Get-DoorkeySecret demo MyTestSecret
        $before = (Invoke-Control $emulator '/requests').token
        $null = Get-DoorkeySecret demo MyTestSecret
        (Invoke-Control $emulator '/requests').token | Should -Be $before
        $null = Get-DoorkeySecret demo MyTestSecret -ForceRefresh
        (Invoke-Control $emulator '/requests').token | Should -Be ($before + 1)
    }

    It 'ends a request that takes longer than -TimeoutSec' {
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; hold = $true }
        $failure = Get-Failure { Get-DoorkeySecret demo MyTestSecret -TimeoutSec 1 }
        $null = Invoke-Control $emulator '/hold/release' @{}
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.Timeout,Doorkey.PowerShell.GetDoorkeySecretCommand'
        $failure.CategoryInfo.Category | Should -Be 'OperationTimeout'
    }

    It 'shows no value in its default view, and everything else' {
        $view = Get-DoorkeySecret demo MyTestSecret | Out-String
        $view | Should -Match 'MyTestSecret'
        $view | Should -Match 'VaultName'
        $view | Should -Not -Match 'SecretValue'
        $view | Should -Not -Match 'p@ssw0rd!'
    }

    It 'shows objects of both kinds in one stream as what they are' {
        $view = & { Get-DoorkeyToken $emulator.Audience; Get-DoorkeySecret demo MyTestSecret } | Out-String
        $view | Should -Match 'ExpiresOn'
        $view | Should -Match 'VaultName'
    }

    It 'turns into its id as a text' {
        $secret = Get-DoorkeySecret demo MyTestSecret
        "$secret" | Should -BeExactly $secret.Id
    }
}

Describe 'Get-DoorkeySecret without an exact name' {
    It 'says what lists secrets when there is <Case>' -TestCases @(
        @{ Case = 'no name'; Arguments = @{} }
        @{ Case = 'an empty name'; Arguments = @{ Name = '' } }
        @{ Case = 'a star'; Arguments = @{ Name = 'My*' } }
        @{ Case = 'a question mark'; Arguments = @{ Name = 'My?estSecret' } }
        @{ Case = 'a range'; Arguments = @{ Name = '[a-z]x' } }
    ) {
        param($Case, $Arguments)
        $before = Get-Traffic $emulator
        $failure = Get-Failure { Get-DoorkeySecret demo @Arguments }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.InvalidArgument,Doorkey.PowerShell.GetDoorkeySecretCommand'
        $failure.CategoryInfo.Category | Should -Be 'InvalidArgument'
        $failure.ErrorDetails.RecommendedAction | Should -Match 'Get-DoorkeySecretInfo -VaultName'
        Get-Traffic $emulator | Should -BeExactly $before
    }
}

Describe 'A vault that is not there' {
    It 'is told as -VaultName by <Cmdlet>, by position too' -TestCases @(
        @{ Cmdlet = 'Get-DoorkeySecret'; Arguments = @{ Name = 'x' } }
        @{ Cmdlet = 'Get-DoorkeySecretInfo'; Arguments = @{} }
        @{ Cmdlet = 'Update-DoorkeySecret'; Arguments = @{ Name = 'x'; Enable = $true } }
        @{ Cmdlet = 'Remove-DoorkeySecret'; Arguments = @{ Name = 'x'; Force = $true } }
        @{ Cmdlet = 'Undo-DoorkeySecretRemoval'; Arguments = @{ Name = 'x' } }
        @{ Cmdlet = 'Backup-DoorkeySecret'; Arguments = @{ Name = 'x' } }
        @{ Cmdlet = 'Restore-DoorkeySecret'; Arguments = @{ InputFile = 'x' } }
    ) {
        param($Cmdlet, $Arguments)
        $before = Get-Traffic $emulator
        foreach ($vault in $null, '') {
            $failure = Get-Failure { & $Cmdlet $vault @Arguments }
            $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.InvalidArgument,*'
            $failure.Exception.Message | Should -BeExactly '-VaultName: must not be empty'
            $failure.ErrorDetails.RecommendedAction | Should -Match 'variable'
        }
        (Get-Failure { Get-DoorkeySecret $null x }).Exception.Message | Should -BeLike '-VaultName: *'
        Get-Traffic $emulator | Should -BeExactly $before
    }
}

Describe 'What was put where something else belongs' {
    It 'is told for <Case>' -TestCases @(
        @{ Case = 'a version in a name'; Arguments = @{ Name = 'x/0123' }; Message = "-Name 'x/0123': *"; Advice = '*-Version*' }
        @{ Case = 'an object as a name'; Arguments = @{ Name = 'https://demo.vault.azure.net/secrets/x' }; Message = '-Name *: *'; Advice = '*-Id*' }
        @{ Case = 'an object as -NewerThan'; Arguments = @{ Name = 'x'; NewerThan = 'https://demo.vault.azure.net/secrets/x/0123' }; Message = '-NewerThan: *'; Advice = '*.Version*' }
        @{ Case = 'an object as -Version'; Arguments = @{ Name = 'x'; Version = 'https://demo.vault.azure.net/secrets/x/0123' }; Message = '-Version: *'; Advice = '*.Version*' }
    ) {
        param($Case, $Arguments, $Message, $Advice)
        $before = Get-Traffic $emulator
        $failure = Get-Failure { Get-DoorkeySecret demo @Arguments }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.InvalidArgument,*'
        $failure.Exception.Message | Should -BeLike $Message
        $failure.ErrorDetails.RecommendedAction | Should -BeLike $Advice
        Get-Traffic $emulator | Should -BeExactly $before
    }
}

Describe 'Errors of Get-DoorkeySecret' {
    AfterEach {
        $null = Invoke-Control $emulator '/faults/clear' @{}
    }

    It 'tells <Id> by its id, category, target and advice' -TestCases @(
        @{ Id = 'SecretNotFound'; Category = 'ObjectNotFound'; Name = 'not-there'; Http = 404; Fault = $null }
        @{ Id = 'SecretDisabled'; Category = 'ResourceUnavailable'; Name = 'off'; Http = 403; Fault = $null }
        @{ Id = 'Forbidden'; Category = 'PermissionDenied'; Name = 'MyTestSecret'; Http = 403; Fault = @{ endpoint = 'vault'; status = 403; times = 20 } }
        @{ Id = 'Unauthorized'; Category = 'AuthenticationError'; Name = 'MyTestSecret'; Http = 401; Fault = @{ endpoint = 'vault'; status = 401; times = 20 } }
        @{ Id = 'Throttled'; Category = 'LimitsExceeded'; Name = 'MyTestSecret'; Http = 429; Fault = @{ endpoint = 'vault'; status = 429; times = 20; headers = @{ 'Retry-After' = '100' } } }
    ) {
        param($Id, $Category, $Name, $Http, $Fault)
        $null = Invoke-Control $emulator '/secret' @{ name = 'off'; value = 'x'; enabled = $false }
        if ($Fault) {
            $null = Invoke-Control $emulator '/fault' $Fault
        }
        $failure = Get-Failure { Get-DoorkeySecret demo $Name -TimeoutSec 60 }
        $failure.FullyQualifiedErrorId | Should -BeExactly "Doorkey.$Id,Doorkey.PowerShell.GetDoorkeySecretCommand"
        $failure.CategoryInfo.Category | Should -Be $Category
        $failure.TargetObject | Should -BeExactly "$demo/secrets/$Name"
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $failure.Exception.HttpStatus | Should -Be $Http
        $failure.Exception.Advice | Should -BeExactly $failure.ErrorDetails.RecommendedAction
    }

    It 'says how long to wait when there were too many requests' {
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; status = 429; times = 20; headers = @{ 'Retry-After' = '100' } }
        (Get-Failure { Get-DoorkeySecret demo MyTestSecret -TimeoutSec 60 }).Exception.RetryAfter | Should -Be ([timespan]::FromSeconds(100))
    }

    It 'ends at the first name when there is no identity' {
        $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = 'http://127.0.0.1:1'
        try {
            $failure = Get-Failure { 'MyTestSecret', 'MyTestSecret' | Get-DoorkeySecret demo -ErrorAction Continue }
        }
        finally {
            Use-TestEmulator $emulator
        }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.IdentityUnavailable,Doorkey.PowerShell.GetDoorkeySecretCommand'
        $failure.CategoryInfo.Category | Should -Be 'ConnectionError'
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'refuses <Case> before anything is sent' -TestCases @(
        @{ Case = 'a path in a name'; Arguments = @{ VaultName = 'demo'; Name = '../x' } }
        @{ Case = 'an encoded slash in a name'; Arguments = @{ VaultName = 'demo'; Name = 'a%2fb' } }
        @{ Case = 'a name that is too long'; Arguments = @{ VaultName = 'demo'; Name = 'n' * 128 } }
        @{ Case = 'a NUL in a name'; Arguments = @{ VaultName = 'demo'; Name = "a$([char] 0)b" } }
        @{ Case = 'a version with a path'; Arguments = @{ VaultName = 'demo'; Name = 'x'; Version = '../y' } }
        @{ Case = 'a vault over http'; Arguments = @{ VaultUri = 'http://demo.vault.azure.net'; Name = 'x' } }
        @{ Case = 'a user in the address'; Arguments = @{ VaultUri = 'https://me@demo.vault.azure.net'; Name = 'x' } }
        @{ Case = 'a bare name as an address'; Arguments = @{ VaultUri = 'demo'; Name = 'x' } }
        @{ Case = 'a slash in a vault'; Arguments = @{ VaultName = 'demo/x'; Name = 'x' } }
        @{ Case = 'a bare name as an id'; Arguments = @{ Id = 'MyTestSecret' } }
        @{ Case = 'an id and a name in one'; Arguments = @{ VaultName = 'https://demo.vault.azure.net/secrets/x'; Name = 'x' } }
    ) {
        param($Case, $Arguments)
        $before = Get-Traffic $emulator
        $failure = Get-Failure { Get-DoorkeySecret @Arguments }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.InvalidArgument,Doorkey.PowerShell.GetDoorkeySecretCommand'
        $failure.CategoryInfo.Category | Should -Be 'InvalidArgument'
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'refuses two identities at once' {
        $failure = Get-Failure { 'x', 'y' | Get-DoorkeySecret demo -ClientId a -ObjectId b -ErrorAction Continue }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.InvalidArgument,*'
        $failure.Exception.Message | Should -BeExactly '-ObjectId: cannot be combined with -ClientId'
        (Get-Failure { Get-DoorkeySecret demo x -ClientId a -AccessToken ([System.Security.SecureString]::new()) }).Exception.Message | Should -BeLike '-AccessToken:*'
    }

    It 'names <Parameter> as PowerShell does' -TestCases @(
        @{ Parameter = '-ClientId'; Arguments = @{ VaultName = 'demo'; Name = 'x'; ClientId = 'no-guid' } }
        @{ Parameter = '-ObjectId'; Arguments = @{ VaultName = 'demo'; Name = 'x'; ObjectId = 'no-guid' } }
        @{ Parameter = '-IdentityResourceId'; Arguments = @{ VaultName = 'demo'; Name = 'x'; IdentityResourceId = 'no-id' } }
        @{ Parameter = '-AccessToken'; Arguments = @{ VaultName = 'demo'; Name = 'x'; AccessToken = [System.Security.SecureString]::new() } }
        @{ Parameter = '-VaultName'; Arguments = @{ VaultName = 'd'; Name = 'x' } }
        @{ Parameter = '-VaultUri'; Arguments = @{ VaultUri = 'http://demo.vault.azure.net'; Name = 'x' } }
        @{ Parameter = '-Version'; Arguments = @{ VaultName = 'demo'; Name = 'x'; Version = '../y' } }
        @{ Parameter = '-Id'; Arguments = @{ Id = 'MyTestSecret' } }
        @{ Parameter = '-Id'; Arguments = @{ Id = 'https://demo.vault.azure.net/keys/x' } }
        @{ Parameter = '-Id, its name'; Arguments = @{ Id = 'https://demo.vault.azure.net/secrets/a_b' } }
    ) {
        param($Parameter, $Arguments)
        (Get-Failure { Get-DoorkeySecret @Arguments }).Exception.Message | Should -BeLike "${Parameter}: *"
    }

    It 'shows which name of a list is wrong, cut and without what a terminal acts on' {
        $long = 'x' + [char] 27 + [char] 0x202E + 'y' * 90
        $null = Get-DoorkeySecret demo MyTestSecret, a_b, $long -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed.Count | Should -Be 2
        $failed[0].Exception.Message | Should -BeLike "-Name 'a_b': *"
        $failed[0].ErrorDetails.RecommendedAction | Should -BeLike "*no '_', '.' or '/'*"
        $failed[1].Exception.Message | Should -BeLike ("-Name 'x``?``?" + 'y' * 61 + "...': *")
    }

    It 'leads from <Case> to -Id' -TestCases @(
        @{ Case = 'a path behind a vault'; Arguments = @{ VaultName = 'demo/secrets/x' } }
        @{ Case = 'the address of a secret'; Arguments = @{ VaultName = 'https://demo.vault.azure.net/secrets/x' } }
        @{ Case = 'the address of a secret with a name'; Arguments = @{ VaultUri = 'https://demo.vault.azure.net/secrets/x/0'; Name = 'x' } }
    ) {
        param($Case, $Arguments)
        $failure = Get-Failure { Get-DoorkeySecret @Arguments }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.InvalidArgument,*'
        $failure.ErrorDetails.RecommendedAction | Should -BeLike '*with -Id*'
    }

    It 'ends at the first name when <Case> is wrong for all' -TestCases @(
        @{ Case = '-VaultUri'; Arguments = @{ VaultUri = 'http://demo.vault.azure.net' }; Variable = $null }
        @{ Case = '-ClientId'; Arguments = @{ VaultName = 'demo'; ClientId = 'no-guid' }; Variable = $null }
        @{ Case = 'a variable'; Arguments = @{ VaultName = 'demo' }; Variable = 'ftp://x' }
    ) {
        param($Case, $Arguments, $Variable)
        if ($Variable) {
            $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $Variable
        }
        try {
            { 'x', 'y' | Get-DoorkeySecret @Arguments -ErrorAction Continue } | Should -Throw -ErrorId 'Doorkey.InvalidArgument,*'
        }
        finally {
            Use-TestEmulator $emulator
        }
    }

    It 'says with -Verbose what was asked for and with which identity, also when it fails' {
        $said = Get-DoorkeySecret -VaultName 'me:hidden@demo?sig=hidden' -Name x -Verbose -ErrorAction SilentlyContinue 4>&1
        "$said" | Should -BeExactly "Doorkey: asking for secret 'x' of vault 'demo' with the host's own identity"
        $env:AZURE_CLIENT_ID = '11111111-2222-3333-4444-555555555555'
        try {
            "$(Get-DoorkeySecret demo a_b -Verbose -ErrorAction SilentlyContinue 4>&1)" | Should -BeLike '*the identity that AZURE_CLIENT_ID names, *'
            "$(Get-DoorkeySecret demo a_b -ObjectId $env:AZURE_CLIENT_ID -Verbose -ErrorAction SilentlyContinue 4>&1)" | Should -BeLike '*the identity of object id *'
        }
        finally {
            Remove-EnvironmentVariable AZURE_CLIENT_ID
        }
    }

    It 'takes an empty Version of a piped object for the latest, and refuses one on the command line' {
        $row = [pscustomobject] @{ VaultName = 'demo'; Name = 'MyTestSecret'; Version = '' }
        $row | Get-DoorkeySecret -AsPlainText | Should -BeExactly 'p@ssw0rd!'
        foreach ($none in '', $null, [NullString]::Value) {
            { Get-DoorkeySecret demo MyTestSecret -Version $none } | Should -Throw -ErrorId 'Doorkey.InvalidArgument,*'
        }
    }

    It 'names the vault so that a piped secret leads back to it, whatever completes bare names' {
        $read = Get-DoorkeySecret -VaultName demo -Name MyTestSecret
        $read.VaultName | Should -BeExactly 'demo'
        $env:DOORKEY_VAULT_SUFFIX = 'elsewhere.localhost:1'
        try {
            $unknown = Get-DoorkeySecret -VaultUri $emulator.VaultUrl -Name MyTestSecret
            $unknown.VaultName | Should -BeExactly $emulator.VaultUrl
            ($unknown | Get-DoorkeySecret).Id | Should -BeExactly $unknown.Id
        }
        finally {
            Use-TestEmulator $emulator
        }
    }

    It 'names the vault as the caller did, and not as the answer does' {
        $address = Get-VaultAddress $emulator DEMO
        (Get-DoorkeySecret -VaultName DEMO -Name MyTestSecret).VaultName | Should -BeExactly 'DEMO'
        (Get-DoorkeySecret DEMO MyTestSecret, MyTestSecret).VaultName -join ' ' | Should -BeExactly 'DEMO DEMO'
        (Get-DoorkeySecret -VaultName $address.Substring(8) -Name MyTestSecret).VaultName | Should -BeExactly 'DEMO'
        (Get-DoorkeySecret -VaultUri "$address/" -Name MyTestSecret).VaultName | Should -BeExactly 'DEMO'
        (Get-DoorkeySecret -Id "$address/secrets/MyTestSecret", "$demo/secrets/MyTestSecret").VaultName -join ' ' | Should -BeExactly 'DEMO demo'
    }

    It 'keeps <Case> out of the default view' -TestCases @(
        @{ Case = 'what clears a terminal'; Text = "a$([char] 27)[2Jb" }
        @{ Case = 'what turns the direction of writing'; Text = "a$([char] 0x202E)b" }
        @{ Case = 'a line separator'; Text = "a$([char] 0x2028)b" }
        @{ Case = 'a character that nobody sees'; Text = "a$([char] 0x200B)b" }
        @{ Case = 'one that nobody sees and that is two in UTF-16'; Text = 'a' + [char]::ConvertFromUtf32(0xE0041) + 'b' }
    ) {
        param($Case, $Text)
        $null = Invoke-Control $emulator '/secret' @{ name = 'typed'; value = 'x'; content_type = $Text; tags = @{ team = 'blue' } }
        $null = Invoke-Control $emulator '/secret' @{ name = 'tagged'; value = 'x'; content_type = 'text/plain'; tags = @{ team = $Text } }
        $null = Invoke-Control $emulator '/secret' @{ name = 'named'; value = 'x'; content_type = 'text/plain'; tags = @{ $Text = 'blue' } }
        $shown = 'typed', 'tagged', 'named' | ForEach-Object { Get-DoorkeySecret demo $_ | Out-String; Get-DoorkeySecretInfo demo $_ | Out-String }
        "$shown".Contains($Text.Substring(1, $Text.Length - 2)) | Should -BeFalse
        $shown[0] | Should -Match 'blue'
        $shown[2] | Should -Match 'text/plain'
        (Get-DoorkeySecret demo typed).ContentType | Should -BeExactly $Text
        (Get-DoorkeySecret demo tagged).Tags.team | Should -BeExactly $Text
    }

    It 'shows in the default view what is only of another script, or a picture' {
        $text = [char] 0xE4 + [char]::ConvertFromUtf32(0x1F600)
        $null = Invoke-Control $emulator '/secret' @{ name = 'foreign'; value = 'x'; content_type = $text; tags = @{ team = $text } }
        $shown = Get-DoorkeySecret demo foreign | Out-String
        $shown | Should -Match "ContentType *: $text"
        $shown | Should -Match 'Tags'
    }

    It 'says that an access token has been disposed of' {
        $token = [System.Security.SecureString]::new()
        $token.Dispose()
        { Get-DoorkeySecret demo MyTestSecret -AccessToken $token } | Should -Throw -ErrorId 'Doorkey.InvalidArgument,*'
    }

    It 'names in the target of an error <Case>' -TestCases @(
        @{ Case = 'a version'; Arguments = @{ VaultName = 'demo'; Name = 'x'; Version = '0123' }; Target = '{0}/secrets/x/0123' }
        @{ Case = 'an id as it was given'; Arguments = @{ Id = 'https://demo.vault.localhost:1/secrets/x' }; Target = 'https://demo.vault.localhost:1/secrets/x' }
        @{ Case = 'the host that was given'; Arguments = @{ VaultName = 'demo.vault.azure.cn'; Name = 'a_b' }; Target = 'https://demo.vault.azure.cn/secrets/a_b' }
        @{ Case = 'the address that was given'; Arguments = @{ VaultUri = 'https://demo.vault.azure.cn'; Name = 'a_b' }; Target = 'https://demo.vault.azure.cn/secrets/a_b' }
        @{ Case = 'the vault where no secret is meant'; Arguments = @{ VaultName = 'demo' }; Target = '{0}' }
        @{ Case = 'a vault that is a collection, as it was given'; Arguments = @{ VaultName = 'https://demo.vault.azure.net/secrets'; Name = 'x' }; Target = 'https://demo.vault.azure.net/secrets' }
        @{ Case = 'a vault with a space, as it was given'; Arguments = @{ VaultName = 'my vault'; Name = 'x' }; Target = 'my vault' }
        @{ Case = 'a vault with a path, as it was given'; Arguments = @{ VaultName = 'demo/x'; Name = 'x' }; Target = 'demo/x' }
        @{ Case = 'a name with a path, as it was given'; Arguments = @{ VaultName = 'demo'; Name = '../x' }; Target = '../x' }
        @{ Case = 'an id that is none, as it was given'; Arguments = @{ Id = 'MyTestSecret' }; Target = 'MyTestSecret' }
        @{ Case = 'a secret without what is no version'; Arguments = @{ VaultName = 'demo'; Name = 'x'; Version = '../y' }; Target = '{0}/secrets/x' }
        @{ Case = 'nothing that acts on a terminal'; Arguments = @{ VaultName = 'demo'; Name = "x$([char] 27)" }; Target = '{0}/secrets/x?' }
    ) {
        param($Case, $Arguments, $Target)
        (Get-Failure { Get-DoorkeySecret @Arguments -TimeoutSec 60 }).TargetObject | Should -BeExactly ($Target -f $demo)
    }

    It 'completes a bare vault name in a target as the library does without a variable' {
        Remove-EnvironmentVariable DOORKEY_VAULT_SUFFIX
        try {
            (Get-Failure { Get-DoorkeySecret demo a_b }).TargetObject | Should -BeExactly 'https://demo.vault.azure.net/secrets/a_b'
        }
        finally {
            Use-TestEmulator $emulator
        }
    }

    It 'names the vault as it was given in a target when it cannot be completed' {
        $env:DOORKEY_VAULT_SUFFIX = 'https://vault.azure.cn'
        try {
            (Get-Failure { Get-DoorkeySecret demo x }).TargetObject | Should -BeExactly 'demo'
        }
        finally {
            Use-TestEmulator $emulator
        }
    }

    It 'shows no password of a mistaken address, in no part of the error' {
        $failure = Get-DoorkeySecret -Id 'https://u:hidden@demo.vault.localhost/secrets/x?sig=hidden' -ErrorAction SilentlyContinue -ErrorVariable failures
        $failure | Should -BeNullOrEmpty
        "$($failures[0] | Format-List * -Force | Out-String) $($failures[0].TargetObject)" | Should -Not -Match 'hidden'
    }
}
