# What the cmdlets refuse about sources and ids, and how an endpoint's refusals look as errors. That each source works is Hosts.Tests.ps1's.

BeforeDiscovery {
    $ignored = @(
        @{ Machine = 'cloud-shell'; Parameters = 'ClientId', 'ObjectId', 'IdentityResourceId'; Says = 'signed-in user' }
        @{ Machine = 'azure-ml'; Parameters = 'ObjectId', 'IdentityResourceId'; Says = 'client ids only' }
        @{ Machine = 'service-fabric'; Parameters = 'ClientId', 'IdentityResourceId'; Says = 'manifest' }
        @{ Machine = 'workload-identity'; Parameters = 'ObjectId', 'IdentityResourceId'; Says = 'client id' }
        @{ Machine = 'app-service-2017'; Parameters = 'ObjectId', 'IdentityResourceId'; Says = 'client ids only' }
    )
    # Not imds, which needs no variables, nor arc, whose agent may be found by its program.
    $missing = @(
        @{ Source = 'app-service'; Variable = 'IDENTITY_ENDPOINT' }
        @{ Source = 'app-service-2017'; Variable = 'MSI_ENDPOINT' }
        @{ Source = 'azure-ml'; Variable = 'MSI_ENDPOINT' }
        @{ Source = 'cloud-shell'; Variable = 'MSI_ENDPOINT' }
        @{ Source = 'service-fabric'; Variable = 'IDENTITY_ENDPOINT' }
        @{ Source = 'workload-identity'; Variable = 'AZURE_FEDERATED_TOKEN_FILE' }
    )
    $cmdlets = 'Get-DoorkeyToken', 'Get-DoorkeySecret' | ForEach-Object { @{ Cmdlet = $_ } }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
    $ids = @{
        ClientId           = '11111111-2222-3333-4444-555555555555'
        ObjectId           = '66666666-7777-8888-9999-000000000000'
        IdentityResourceId = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one'
    }

    # The list that the library itself names when it is given something else.
    function Get-SourceName {
        $options = New-Object Doorkey.ClientOptions
        $options.Source = 'nothing'
        try {
            New-Object Doorkey.Client $options
        }
        catch {
            ($_.Exception.GetBaseException().Message -replace '^Source: must be one of ', '') -split ', '
        }
    }
}

AfterAll {
    Clear-TestEnvironment
}

Describe 'An id that the host <Machine> would ignore' -ForEach $ignored {
    BeforeAll {
        Clear-TestEnvironment
        $emulator = Start-TestEmulator -With '--source', $Machine
        $asked = @{}
        if ($Machine -eq 'app-service-2017') {
            $asked = @{ Source = $Machine }
        }
    }

    AfterAll {
        Stop-TestEmulator $emulator
        Clear-TestEnvironment
    }

    It 'is refused with its parameter, the reason and what to do, before anything is sent' {
        $before = Get-Traffic $emulator
        foreach ($parameter in $Parameters) {
            $id = @{ $parameter = $ids[$parameter] }
            $failure = Get-Failure { Get-DoorkeyToken $emulator.Audience @id @asked }
            $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.Unsupported,Doorkey.PowerShell.GetDoorkeyTokenCommand'
            $failure.Exception.Message | Should -BeLike "-${parameter}: *$Says*"
            $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
            $failure.CategoryInfo.Category | Should -Be 'NotImplemented'
            # The same for every name, so there is one error for all of them.
            $failure = Get-Failure { 'a', 'b' | Get-DoorkeySecret demo @id @asked -ErrorAction Continue }
            $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.Unsupported,Doorkey.PowerShell.GetDoorkeySecretCommand'
            $failure.Exception.Message | Should -BeLike "-${parameter}: *$Says*"
            $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        }
        Get-Traffic $emulator | Should -BeExactly $before
    }
}

Describe '-Source of <Cmdlet>' -ForEach $cmdlets {
    BeforeEach {
        Clear-TestEnvironment
    }

    It 'takes the sources that the library knows, and no other' {
        $set = (Get-Command $Cmdlet).Parameters['Source'].Attributes | Where-Object { $_ -is [System.Management.Automation.ValidateSetAttribute] }
        (@($set.ValidValues | Sort-Object) -join ' ') | Should -BeExactly (@(Get-SourceName | Sort-Object) -join ' ')
        @(Get-SourceName).Count | Should -BeGreaterThan 1
    }

    It 'names the parameter and all sources when there is no such' {
        foreach ($name in 'app-services', 'vm', '', 'imds,arc', "imds`n") {
            $failure = Get-Failure { & $Cmdlet https://vault.azure.net x -Source $name }
            $failure.FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError,*'
            $failure.Exception.Message | Should -Match "'Source'"
            foreach ($source in Get-SourceName) {
                $failure.Exception.Message.Contains($source) | Should -BeTrue -Because $source
            }
        }
    }

    It 'is completed by the tabulator key' {
        $line = "$Cmdlet -Source a"
        $found = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches
        (@($found | ForEach-Object { $_.CompletionText } | Sort-Object) -join ' ') | Should -BeExactly 'app-service app-service-2017 arc azure-ml'
    }

    It 'goes with every way to name an identity' {
        $emulator = Start-TestEmulator -With '--user-assigned', "client-id=$($ids.ClientId),object-id=$($ids.ObjectId),resource-id=$($ids.IdentityResourceId)"
        try {
            foreach ($parameter in 'ClientId', 'ObjectId', 'IdentityResourceId') {
                $id = @{ $parameter = $ids[$parameter] }
                if ($Cmdlet -eq 'Get-DoorkeyToken') {
                    (Get-DoorkeyToken $emulator.Audience -Source imds @id).Source | Should -BeExactly 'imds'
                }
                else {
                    Get-DoorkeySecret demo MyTestSecret -AsPlainText -Source imds @id | Should -BeExactly 'p@ssw0rd!'
                }
                @(Get-TokenRequest $emulator)[-1].target | Should -Match ([uri]::EscapeDataString($ids[$parameter]))
            }
        }
        finally {
            Stop-TestEmulator $emulator
        }
    }

    It 'asks no other source than <Source> when the host has not this one' -TestCases $missing {
        param($Source, $Variable)
        # A host that would give a token, and is not asked for.
        $emulator = Start-TestEmulator
        try {
            $before = Get-Traffic $emulator
            $arguments = @($emulator.Audience)
            if ($Cmdlet -eq 'Get-DoorkeySecret') {
                $arguments = @('demo', @('a', 'b', 'c'))
            }
            $failure = Get-Failure { & $Cmdlet @arguments -Source $Source -ErrorAction Continue }
            $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.IdentityUnavailable,*'
            $failure.CategoryInfo.Category | Should -Be 'ConnectionError'
            $failure.Exception.Message | Should -Match "source $Source was asked for"
            $failure.Exception.Message | Should -Match $Variable
            $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
            Get-Traffic $emulator | Should -BeExactly $before
        }
        finally {
            Stop-TestEmulator $emulator
        }
    }
}

Describe 'A source and' {
    BeforeAll {
        Clear-TestEnvironment
        $emulator = Start-TestEmulator
    }

    AfterAll {
        Stop-TestEmulator $emulator
        Clear-TestEnvironment
    }

    It 'a token of the callers own are refused together' {
        $own = [System.Net.NetworkCredential]::new('', 'x').SecurePassword
        $before = Get-Traffic $emulator
        $failure = Get-Failure { Get-DoorkeySecret demo a, b -AccessToken $own -Source imds -ErrorAction Continue }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.InvalidArgument,Doorkey.PowerShell.GetDoorkeySecretCommand'
        $failure.Exception.Message | Should -BeLike '-Source: *-AccessToken*'
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        Get-Traffic $emulator | Should -BeExactly $before
    }

    It 'claims that are <Case> are refused before anything is sent' -TestCases @(
        @{ Case = 'no JSON'; Claims = 'nbf' }
        @{ Case = 'still in base64'; Claims = 'eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ==' }
        @{ Case = 'no object'; Claims = '["access_token"]' }
        @{ Case = 'cut off'; Claims = '{"access_token":{' }
        @{ Case = 'longer than a header'; Claims = '{"x":"' + ('y' * 100000) + '"}' }
        @{ Case = 'with a NUL'; Claims = "{}$([char] 0)" }
    ) {
        param($Case, $Claims)
        $before = Get-Traffic $emulator
        $failure = Get-Failure { Get-DoorkeyToken $emulator.Audience -Claims $Claims }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.InvalidArgument,Doorkey.PowerShell.GetDoorkeyTokenCommand'
        $failure.Exception.Message | Should -BeLike '-Claims: *'
        Get-Traffic $emulator | Should -BeExactly $before
    }
}

Describe 'A refusal of an identity endpoint' {
    BeforeEach {
        Clear-TestEnvironment
    }

    It 'on <Machine> for <Case> is <Id>' -TestCases @(
        @{ Machine = 'app-service'; Case = 'a secret of yesterday'; Variable = 'IDENTITY_HEADER'; Value = 'yesterday'; Id = 'IdentityRefused'; Category = 'AuthenticationError' }
        @{ Machine = 'service-fabric'; Case = 'another certificate'; Variable = 'IDENTITY_SERVER_THUMBPRINT'; Value = '0' * 40; Id = 'Tls'; Category = 'SecurityError' }
        @{ Machine = 'workload-identity'; Case = 'an unknown client'; Variable = 'AZURE_CLIENT_ID'; Value = '99999999-2222-3333-4444-555555555555'; Id = 'IdentityNotFound'; Category = 'ObjectNotFound' }
        @{ Machine = 'workload-identity'; Case = 'a missing file'; Variable = 'AZURE_FEDERATED_TOKEN_FILE'; Value = '/no/such/file'; Id = 'IdentityUnavailable'; Category = 'ConnectionError' }
        @{ Machine = 'azure-ml'; Case = 'no client'; Variable = 'DEFAULT_IDENTITY_CLIENT_ID'; Value = ''; Id = 'InvalidArgument'; Category = 'InvalidArgument' }
    ) {
        param($Machine, $Case, $Variable, $Value, $Id, $Category)
        $emulator = Start-TestEmulator -With '--source', $Machine
        try {
            [Environment]::SetEnvironmentVariable($Variable, $Value)
            $failure = Get-Failure { Get-DoorkeyToken $emulator.Audience }
            $failure.FullyQualifiedErrorId | Should -BeExactly "Doorkey.$Id,Doorkey.PowerShell.GetDoorkeyTokenCommand"
            $failure.CategoryInfo.Category | Should -Be $Category
            $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
            $failure = Get-Failure { Get-DoorkeySecret demo MyTestSecret }
            $failure.FullyQualifiedErrorId | Should -BeExactly "Doorkey.$Id,Doorkey.PowerShell.GetDoorkeySecretCommand"
        }
        finally {
            Stop-TestEmulator $emulator
        }
    }
}
