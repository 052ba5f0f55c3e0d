# What Get-DoorkeySecret keeps on the word of its caller, and Clear-DoorkeyCache: told by the requests that the vault gets.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
    Import-TestModule
    $emulator = Start-TestEmulator
    $demo = Get-VaultAddress $emulator
    $hour = [timespan]::FromHours(1)
}

AfterAll {
    Stop-TestEmulator $emulator
    Clear-TestEnvironment
}

Describe 'Get-DoorkeySecret' {
    BeforeEach {
        Clear-DoorkeyCache
        $null = Invoke-Control $emulator '/secret' @{ name = 'kept'; value = 'first' }
    }

    AfterEach {
        $null = Invoke-Control $emulator '/faults/clear' @{}
    }

    It 'asks the vault every time when nothing is said' {
        Measure-VaultRequest $emulator { 1..3 | ForEach-Object { Get-DoorkeySecret demo kept } } | Should -Be 3
    }

    It 'takes with -MaxAge a value that was read before, and asks the vault without it' {
        $null = Get-DoorkeySecret demo kept -MaxAge $hour
        $null = Invoke-Control $emulator '/secret' @{ name = 'kept'; value = 'second' }
        Measure-VaultRequest $emulator { $script:value = Get-DoorkeySecret demo kept -MaxAge $hour -AsPlainText } | Should -Be 0
        $value | Should -BeExactly 'first'
        Get-DoorkeySecret demo kept -AsPlainText | Should -BeExactly 'second'
    }

    It 'takes a time as people write it' {
        $null = Get-DoorkeySecret demo kept -MaxAge 01:00:00 -StaleIfError 1.00:00:00
        Measure-VaultRequest $emulator { Get-DoorkeySecret demo kept -MaxAge 01:00:00 } | Should -Be 0
    }

    It 'keeps with -MaxAge all names of a group, and asks for the others alone' {
        Set-TestSecret $emulator group 3
        $null = 'group-1', 'group-2' | Get-DoorkeySecret demo -MaxAge $hour
        Measure-VaultRequest $emulator { $script:values = 'group-1', 'group-2', 'group-3' | Get-DoorkeySecret demo -MaxAge $hour -AsPlainText } | Should -Be 1
        $values -join ' ' | Should -BeExactly 'value-1 value-2 value-3'
    }

    It 'takes with -StaleIfError a value that was read before when the vault cannot be reached' {
        $null = Get-DoorkeySecret demo kept -StaleIfError $hour
        $null = Invoke-Control $emulator '/fault' @{ endpoint = 'vault'; drop = $true; times = $null }
        Get-DoorkeySecret demo kept -StaleIfError $hour -AsPlainText -TimeoutSec 2 | Should -BeExactly 'first'
    }

    It 'asks a vault with -StaleIfError that can be reached, and believes what it says' {
        $null = Get-DoorkeySecret demo kept -StaleIfError $hour
        $null = Invoke-Control $emulator '/secret' @{ name = 'kept'; value = 'second' }
        Get-DoorkeySecret demo kept -StaleIfError $hour -AsPlainText | Should -BeExactly 'second'
        $null = Invoke-Control $emulator '/secret' @{ name = 'kept'; enabled = $false }
        (Get-Failure { Get-DoorkeySecret demo kept -StaleIfError $hour }).FullyQualifiedErrorId | Should -BeLike 'Doorkey.SecretDisabled,*'
        $null = Invoke-Control $emulator '/secret' @{ name = 'kept'; enabled = $true }
    }

    It 'does not take with -NewerThan the version that has stopped working' {
        $old = Get-DoorkeySecret demo kept -MaxAge $hour
        $null = Invoke-Control $emulator '/secret' @{ name = 'kept'; value = 'second' }
        Get-DoorkeySecret demo kept -NewerThan $old.Version -MaxAge $hour -AsPlainText | Should -BeExactly 'second'
        Measure-VaultRequest $emulator { $script:value = Get-DoorkeySecret demo kept -MaxAge $hour -AsPlainText } | Should -Be 0
        $value | Should -BeExactly 'second'
    }

    It 'says with -NewerThan that there is nothing newer' {
        $old = Get-DoorkeySecret demo kept
        $failure = Get-Failure { Get-DoorkeySecret demo kept -NewerThan $old.Version }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'Doorkey.NoNewerVersion,Doorkey.PowerShell.GetDoorkeySecretCommand'
        $failure.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failure.TargetObject | Should -BeExactly "$demo/secrets/kept"
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'takes a piped secret with -NewerThan by its name, and not by the version that it names' {
        $old = Get-DoorkeySecret demo kept
        $null = Invoke-Control $emulator '/secret' @{ name = 'kept'; value = 'second' }
        $old | Get-DoorkeySecret -NewerThan $old.Version -AsPlainText | Should -BeExactly 'second'
    }

    It 'shares what is kept with other runspaces' {
        $null = Get-DoorkeySecret demo kept -MaxAge $hour
        $shell = [powershell]::Create()
        $script = 'param($Manifest) Import-Module $Manifest; Get-DoorkeySecret demo kept -MaxAge 01:00:00 -AsPlainText'
        $null = $shell.AddScript($script).AddArgument((Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.psd1'))
        Measure-VaultRequest $emulator { $script:value = $shell.Invoke() } | Should -Be 0
        $value | Should -BeExactly 'first'
        $shell.Dispose()
    }

    It 'reads anew what Set-DoorkeySecret has changed' {
        $null = Get-DoorkeySecret demo kept -MaxAge $hour
        $null = Set-DoorkeySecret demo kept (ConvertTo-Secure 'set')
        Get-DoorkeySecret demo kept -MaxAge $hour -AsPlainText | Should -BeExactly 'set'
    }

    It 'keeps a value when it is changed with another source, until the cache is cleared' {
        $null = Get-DoorkeySecret demo kept -MaxAge $hour
        $kept = Get-DoorkeySecret demo kept -MaxAge $hour -AsPlainText
        $null = Set-DoorkeySecret demo kept (ConvertTo-Secure 'elsewhere') -Source imds
        Get-DoorkeySecret demo kept -MaxAge $hour -AsPlainText | Should -BeExactly $kept
        Clear-DoorkeyCache
        Get-DoorkeySecret demo kept -MaxAge $hour -AsPlainText | Should -BeExactly 'elsewhere'
    }

    It 'refuses <Case> before anything is sent' -TestCases @(
        @{ Case = 'a few ticks'; Parameter = '-MaxAge'; Arguments = @{ MaxAge = [timespan]::new(9999) } }
        @{ Case = 'the number 0'; Parameter = '-MaxAge'; Arguments = @{ MaxAge = 0 } }
        @{ Case = 'the number 5'; Parameter = '-MaxAge'; Arguments = @{ MaxAge = 5 } }
        @{ Case = 'a number of seconds'; Parameter = '-StaleIfError'; Arguments = @{ StaleIfError = 86400 } }
        @{ Case = 'a number of ticks'; Parameter = '-MaxAge'; Arguments = @{ MaxAge = [long] 36000000000 } }
        @{ Case = 'a number with a point'; Parameter = '-StaleIfError'; Arguments = @{ StaleIfError = 0.5 } }
        @{ Case = 'a number that an object wraps'; Parameter = '-MaxAge'; Arguments = @{ MaxAge = [psobject]::AsPSObject(86400) } }
        @{ Case = 'a number as a text'; Parameter = '-MaxAge'; Arguments = @{ MaxAge = '5' } }
        @{ Case = 'a number as a text with spaces and a sign'; Parameter = '-StaleIfError'; Arguments = @{ StaleIfError = ' +300 ' } }
        @{ Case = 'a negative age'; Parameter = '-MaxAge'; Arguments = @{ MaxAge = [timespan]::FromHours(-1) } }
        @{ Case = 'an age of years'; Parameter = '-StaleIfError'; Arguments = @{ StaleIfError = [timespan]::FromDays(365) } }
        @{ Case = 'a version that is none'; Parameter = '-NewerThan'; Arguments = @{ NewerThan = '../x' } }
        @{ Case = 'a version and a newer one'; Parameter = '-NewerThan'; Arguments = @{ NewerThan = '0123'; Version = '0123' } }
    ) {
        param($Case, $Parameter, $Arguments)
        $before = Get-Traffic $emulator
        $failure = Get-Failure { 'kept', 'kept' | Get-DoorkeySecret demo @Arguments -ErrorAction Continue }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Doorkey.InvalidArgument,*'
        $failure.Exception.Message | Should -BeLike "${Parameter}: *"
        Get-Traffic $emulator | Should -BeExactly $before
    }
}

Describe 'An age' {
    It 'may be <Case>' -TestCases @(
        @{ Case = 'a time'; Age = [timespan]::FromHours(1) }
        @{ Case = 'a time that an object wraps'; Age = [psobject]::AsPSObject([timespan]::FromHours(1)) }
        @{ Case = 'hours and minutes'; Age = '0:05' }
        @{ Case = 'hours, minutes and seconds'; Age = '0:05:00' }
        @{ Case = 'days before them'; Age = '1.00:00:00' }
        @{ Case = 'nothing'; Age = $null }
        @{ Case = 'no time at all'; Age = [timespan]::Zero }
        @{ Case = 'as long as the longest'; Age = '49.17:02:47' }
    ) {
        param($Case, $Age)
        Get-DoorkeySecret demo MyTestSecret -MaxAge $Age -StaleIfError $Age -AsPlainText | Should -BeExactly 'p@ssw0rd!'
    }
}

Describe 'Clear-DoorkeyCache' {
    It 'forgets secrets and tokens, and sends nothing' {
        $null = Get-DoorkeySecret demo MyTestSecret -MaxAge $hour
        $before = Get-Traffic $emulator
        Clear-DoorkeyCache | Should -BeNullOrEmpty
        Get-Traffic $emulator | Should -BeExactly $before
        $tokens = (Invoke-Control $emulator '/requests').token
        Measure-VaultRequest $emulator { Get-DoorkeySecret demo MyTestSecret -MaxAge $hour } | Should -Be 1
        (Invoke-Control $emulator '/requests').token | Should -Be ($tokens + 1)
    }

    It 'forgets what every identity got' {
        $null = Get-DoorkeyToken $emulator.Audience
        $null = Get-DoorkeyToken https://storage.azure.com/
        $before = (Invoke-Control $emulator '/requests').token
        Clear-DoorkeyCache
        $null = Get-DoorkeyToken $emulator.Audience
        $null = Get-DoorkeyToken https://storage.azure.com/
        (Invoke-Control $emulator '/requests').token | Should -Be ($before + 2)
    }

    It 'leaves objects that were put out as they are' {
        $secret = Get-DoorkeySecret demo MyTestSecret -MaxAge $hour
        Clear-DoorkeyCache
        ConvertTo-Text $secret.SecretValue | Should -BeExactly 'p@ssw0rd!'
    }

    It 'may be called when nothing is kept, and first of all' {
        $script = "Import-Module '{0}'; Clear-DoorkeyCache; 'done'" -f (Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.psd1')
        Invoke-Fresh $script | Should -BeExactly 'done'
    }
}
