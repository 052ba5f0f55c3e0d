# Get-DoorkeyToken: what comes out, whose token it is, and how it fails.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
    Import-TestModule
    $emulator = Start-TestEmulator
}

AfterAll {
    Stop-TestEmulator $emulator
    Clear-TestEnvironment
}

Describe 'Get-DoorkeyToken' {
    It 'puts out the properties of Az, and where the token came from' {
        $token = Get-DoorkeyToken -ResourceUrl $emulator.Audience
        $token.PSObject.TypeNames[0] | Should -BeExactly 'Doorkey.Token'
        $token.Token | Should -BeOfType ([System.Security.SecureString])
        $token.ExpiresOn | Should -BeOfType ([System.DateTimeOffset])
        $token.ExpiresOn | Should -BeGreaterThan ([System.DateTimeOffset]::UtcNow)
        $token.Type | Should -BeExactly 'Bearer'
        $token.Resource | Should -BeExactly $emulator.Audience
        $token.Source | Should -BeExactly 'imds'
        (@($token.PSObject.Properties.Name) -join ' ') | Should -BeExactly 'Token ExpiresOn Type Resource Source ClientId'
    }

    It 'takes the resource by position and by the aliases of Az' {
        (Get-DoorkeyToken $emulator.Audience).Resource | Should -BeExactly $emulator.Audience
        (Get-DoorkeyToken -Resource $emulator.Audience).Resource | Should -BeExactly $emulator.Audience
        (Get-DoorkeyToken -ResourceUri $emulator.Audience).Resource | Should -BeExactly $emulator.Audience
    }

    It 'asks for Azure Resource Manager when nothing else is named' {
        (Get-DoorkeyToken).Resource | Should -BeExactly 'https://management.azure.com/'
        $asked = @(Invoke-Control $emulator '/log' | ForEach-Object { $_ } | Where-Object { $_.endpoint -eq 'token' })[-1].target
        $asked | Should -Match 'resource=https%3A%2F%2Fmanagement\.azure\.com%2F'
    }

    It 'puts out the value alone with -AsPlainText' {
        $text = Get-DoorkeyToken $emulator.Audience -AsPlainText
        $text | Should -BeOfType ([string])
        $text | Should -BeExactly (ConvertTo-Text (Get-DoorkeyToken $emulator.Audience).Token)
    }

    It 'puts out with -AsSecureString what it puts out without' {
        $token = Get-DoorkeyToken $emulator.Audience -AsSecureString
        $token.Token | Should -BeOfType ([System.Security.SecureString])
        Get-DoorkeyToken $emulator.Audience -AsSecureString:$false -AsPlainText | Should -BeExactly (ConvertTo-Text $token.Token)
    }

    It 'refuses -AsSecureString and -AsPlainText at once, before anything is sent' {
        $before = Get-Traffic $emulator
        $failure = Get-Failure { Get-DoorkeyToken $emulator.Audience -AsSecureString -AsPlainText }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.InvalidArgument,Doorkey.PowerShell.GetDoorkeyTokenCommand'
        $failure.Exception.Message | Should -BeExactly '-AsSecureString: cannot be combined with -AsPlainText'
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'gives a token that the vault accepts' {
        $token = Get-DoorkeyToken $emulator.Audience
        Get-DoorkeySecret demo MyTestSecret -AccessToken $token.Token -AsPlainText | Should -BeExactly 'p@ssw0rd!'
    }

    It 'shows no value in its default view' {
        $value = Get-DoorkeyToken $emulator.Audience -AsPlainText
        $view = Get-DoorkeyToken $emulator.Audience | Out-String
        $view | Should -Match 'ExpiresOn'
        $view.Contains($value) | Should -BeFalse
        $view | Should -Not -Match 'SecureString'
    }

    It 'serves many calls with one request' {
        $resource = 'https://storage.azure.com/'
        $before = (Invoke-Control $emulator '/requests').token
        foreach ($round in 1..20) {
            $null = Get-DoorkeyToken $resource
        }
        (Invoke-Control $emulator '/requests').token | Should -Be ($before + 1)
        $null = Get-DoorkeyToken $resource -ForceRefresh
        (Invoke-Control $emulator '/requests').token | Should -Be ($before + 2)
    }
}

Describe 'Identities of Get-DoorkeyToken' {
    BeforeAll {
        $ids = @{
            ClientId           = '11111111-2222-3333-4444-555555555555'
            ObjectId           = '66666666-7777-8888-9999-000000000000'
            IdentityResourceId = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one'
        }
        $several = Start-TestEmulator -With '--no-system-assigned', '--user-assigned', 'client-id=00000000-2222-3333-4444-555555555555',
            '--user-assigned', "client-id=$($ids.ClientId),object-id=$($ids.ObjectId),resource-id=$($ids.IdentityResourceId)"
    }

    AfterAll {
        Stop-TestEmulator $several
        Use-TestEmulator $emulator
    }

    It 'chooses one by -<Parameter>' -TestCases @(
        @{ Parameter = 'ClientId'; Id = 'ClientId'; Query = 'client_id=' }
        @{ Parameter = 'AccountId'; Id = 'ClientId'; Query = 'client_id=' }
        @{ Parameter = 'ObjectId'; Id = 'ObjectId'; Query = 'object_id=' }
        @{ Parameter = 'IdentityResourceId'; Id = 'IdentityResourceId'; Query = 'msi_res_id=' }
    ) {
        param($Parameter, $Id, $Query)
        $arguments = @{ $Parameter = $ids[$Id] }
        $null = Get-DoorkeyToken 'https://vault.azure.net' -ForceRefresh @arguments
        $asked = @(Invoke-Control $several '/log' | ForEach-Object { $_ })[-1].target
        $asked | Should -Match ([regex]::Escape($Query))
    }

    It 'says that one must be named' {
        $failure = Get-Failure { Get-DoorkeyToken 'https://vault.azure.net' }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.IdentityAmbiguous,Doorkey.PowerShell.GetDoorkeyTokenCommand'
        $failure.CategoryInfo.Category | Should -Be 'InvalidArgument'
        $failure.TargetObject | Should -BeExactly 'https://vault.azure.net'
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'says that there is no such identity' {
        $failure = Get-Failure { Get-DoorkeyToken 'https://vault.azure.net' -ClientId '99999999-2222-3333-4444-555555555555' }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.IdentityNotFound,Doorkey.PowerShell.GetDoorkeyTokenCommand'
        $failure.CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }
}

Describe 'Errors of Get-DoorkeyToken' {
    It 'ends the pipeline when there is no identity endpoint' {
        $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = 'http://127.0.0.1:1'
        try {
            { Get-DoorkeyToken -ErrorAction Continue } | Should -Throw -ErrorId 'Doorkey.IdentityUnavailable,Doorkey.PowerShell.GetDoorkeyTokenCommand'
        }
        finally {
            Use-TestEmulator $emulator
        }
    }

    It 'refuses <Case> before anything is sent' -TestCases @(
        @{ Case = 'a line break in the resource'; Arguments = @{ ResourceUrl = "https://vault.azure.net`r`nX: y" } }
        @{ Case = 'a NUL in the resource'; Arguments = @{ ResourceUrl = "https://vault.azure.net$([char] 0)" } }
        @{ Case = 'a client id with a line break'; Arguments = @{ ClientId = "a`nb" } }
    ) {
        param($Case, $Arguments)
        $before = Get-Traffic $emulator
        $failure = Get-Failure { Get-DoorkeyToken @Arguments }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.InvalidArgument,Doorkey.PowerShell.GetDoorkeyTokenCommand'
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'names a parameter as PowerShell does' {
        (Get-Failure { Get-DoorkeyToken 'a b' }).Exception.Message | Should -BeLike '-ResourceUrl: *'
        (Get-Failure { Get-DoorkeyToken -ClientId no-guid }).Exception.Message | Should -BeLike '-ClientId: *'
    }

    It 'has for every argument a parameter that is there' {
        $arguments = (Get-Command Get-DoorkeyToken).ImplementingType.Assembly.GetType('Doorkey.PowerShell.Arguments')
        $table = $arguments.GetField('Parameters', [System.Reflection.BindingFlags] 'Static, NonPublic').GetValue($null)
        $there = Get-Command -Module Doorkey | ForEach-Object { $_.Parameters.Keys } | ForEach-Object { "-$_" }
        foreach ($parameter in $table.Values) {
            $there -ccontains $parameter | Should -BeTrue -Because $parameter
        }
    }

    It 'lets PowerShell refuse two identities at once' {
        (Get-Failure { Get-DoorkeyToken -ClientId a -ObjectId b }).FullyQualifiedErrorId | Should -BeLike 'AmbiguousParameterSet,*'
        (Get-Failure { Get-DoorkeyToken -ObjectId a -IdentityResourceId b }).FullyQualifiedErrorId | Should -BeLike 'AmbiguousParameterSet,*'
    }
}
