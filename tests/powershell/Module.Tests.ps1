# The module as a whole: what it exports and needs, what its import does and does not do, and its parameters, which are API.

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Clear-TestEnvironment
    Import-TestModule
    $manifest = Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.psd1'
}

Describe 'The manifest' {
    It 'exports exactly the cmdlets of the assembly' {
        $assembly = (Get-Command Get-DoorkeyToken).ImplementingType.Assembly
        $cmdlets = $assembly.GetTypes() | ForEach-Object { $_.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false) } |
            ForEach-Object { $_.VerbName + '-' + $_.NounName } | Sort-Object
        $data = Import-PowerShellDataFile $manifest
        ($data.CmdletsToExport | Sort-Object) -join ' ' | Should -BeExactly ($cmdlets -join ' ')
        ((Get-Module Doorkey).ExportedCmdlets.Keys | Sort-Object) -join ' ' | Should -BeExactly ($cmdlets -join ' ')
    }

    It 'exports nothing else' {
        $module = Get-Module Doorkey
        $module.ExportedFunctions.Count + $module.ExportedAliases.Count + $module.ExportedVariables.Count | Should -Be 0
    }

    It 'is good for Windows PowerShell 5.1 and for PowerShell 7' {
        $data = Import-PowerShellDataFile $manifest
        $data.PowerShellVersion | Should -BeExactly '5.1'
        $data.CompatiblePSEditions -join ' ' | Should -BeExactly 'Desktop Core'
    }

    It 'has the version of the native library' {
        (Get-Module Doorkey).Version.ToString() | Should -BeExactly ([Doorkey.Client]::LibraryVersion.Split('-')[0])
    }

    It 'is ASCII, as every script that ships' {
        $root = Split-Path (Split-Path $PSScriptRoot)
        $scripts = @($manifest) + (Get-ChildItem $PSScriptRoot, (Join-Path $root 'examples/powershell') -Filter *.ps1 | ForEach-Object { $_.FullName })
        foreach ($script in $scripts) {
            [System.IO.File]::ReadAllText($script) -match '[^\x00-\x7F]' | Should -BeFalse -Because $script
        }
    }
}

Describe 'The assemblies' {
    It 'refer to .NET Framework and PowerShell 5.1 alone' {
        $cmdlets = (Get-Command Get-DoorkeyToken).ImplementingType.Assembly
        ($cmdlets.GetReferencedAssemblies().Name | Sort-Object) -join ' ' | Should -BeExactly 'Doorkey.Interop mscorlib System System.Core System.Management.Automation'
        ($cmdlets.GetReferencedAssemblies() | Where-Object { $_.Name -eq 'System.Management.Automation' }).Version.ToString() | Should -BeExactly '3.0.0.0'
        foreach ($reference in [Doorkey.Client].Assembly.GetReferencedAssemblies()) {
            'mscorlib', 'System', 'System.Core' | Should -Contain $reference.Name
            $reference.Version.ToString() | Should -BeExactly '4.0.0.0'
        }
    }

    It 'are sealed and independent cmdlets' {
        @(Get-Command -Module Doorkey).Count | Should -Be 10
        foreach ($command in Get-Command -Module Doorkey) {
            $command.ImplementingType.IsSealed | Should -BeTrue
        }
    }
}

Describe 'Import' {
    It 'loads no native library and none of the Utility module, in a fresh process' {
        $script = @'
function Test-Native {{
    $libraries = [System.Diagnostics.Process]::GetCurrentProcess().Modules | ForEach-Object {{ $_.ModuleName }}
    [bool] ($libraries -match '^(lib)?doorkey\.(so|dll|dylib)$')
}}
Import-Module '{0}'
$assemblies = [AppDomain]::CurrentDomain.GetAssemblies() | ForEach-Object {{ $_.GetName().Name }}
'utility=' + ($assemblies -contains 'Microsoft.PowerShell.Commands.Utility')
'native=' + (Test-Native)
$null = try {{ Get-DoorkeyToken }} catch {{ $_ }}
'native=' + (Test-Native)
'@ -f $manifest
        (Invoke-Fresh $script) -join ' ' | Should -BeExactly 'utility=False native=False native=True'
    }

    It 'works from the folder alone, by name, in a fresh process' {
        $script = @'
$env:PSModulePath = '{0}'
(Get-Command Get-DoorkeySecret).Module.Name
'@ -f (Split-Path $env:DOORKEY_TEST_MODULE)
        Invoke-Fresh $script | Should -BeExactly 'Doorkey'
    }

    It 'can be forced three times, and calls still work' {
        $emulator = Start-TestEmulator
        try {
            foreach ($round in 1..3) {
                Import-Module $manifest -Force
                Get-DoorkeySecret demo MyTestSecret -AsPlainText | Should -BeExactly 'p@ssw0rd!'
            }
            Remove-Module Doorkey
            Import-TestModule
            Get-DoorkeySecret demo MyTestSecret -AsPlainText | Should -BeExactly 'p@ssw0rd!'
        }
        finally {
            Stop-TestEmulator $emulator
            Clear-TestEnvironment
        }
    }
}

Describe 'Runspaces' {
    It 'may use the module at the same time, and share its tokens' {
        $emulator = Start-TestEmulator
        try {
            $script = {
                param($Manifest)
                Import-Module $Manifest
                foreach ($round in 1..20) {
                    Get-DoorkeySecret demo MyTestSecret -AsPlainText
                }
            }
            $shells = foreach ($number in 1..2) {
                $shell = [powershell]::Create()
                $null = $shell.AddScript($script).AddArgument($manifest)
                [pscustomobject]@{ Shell = $shell; Running = $shell.BeginInvoke() }
            }
            foreach ($one in $shells) {
                $values = $one.Shell.EndInvoke($one.Running)
                $values.Count | Should -Be 20
                @($values | Where-Object { $_ -cne 'p@ssw0rd!' }).Count | Should -Be 0
                $one.Shell.Dispose()
            }
            (Invoke-Control $emulator '/requests').token | Should -Be 1
        }
        finally {
            Stop-TestEmulator $emulator
            Clear-TestEnvironment
        }
    }
}

Describe 'Parameters' {
    BeforeDiscovery {
        # Name, type, aliases, position, from the pipeline (V value, P property). A change here is a change of API.
        $token = @(
            'AsPlainText SwitchParameter - - -'
            'AsSecureString SwitchParameter - - -'
            'Claims String - - -'
            'ClientId String AccountId - -'
            'ForceRefresh SwitchParameter - - -'
            'IdentityResourceId String - - -'
            'ObjectId String - - -'
            'ResourceUrl String Resource,ResourceUri 0 -'
            'Source String - - -'
            'TimeoutSec Int32 - - -'
        )
        $vault = @(
            'AccessToken SecureString - - -'
            'ClientId String AccountId - -'
            'ForceRefresh SwitchParameter - - -'
            'IdentityResourceId String - - -'
            'ObjectId String - - -'
            'Source String - - -'
            'TimeoutSec Int32 - - -'
            'VaultName String - 0 P'
            'VaultUri Uri - - -'
        )
        $some = @('Id String[] SecretId 0 P', 'Name String[] SecretName 1 VP')
        $change = $some + 'OneVersion String - - P'
        $asks = @('Confirm SwitchParameter cf - -', 'WhatIf SwitchParameter wi - -')
        $attributes = @('ContentType String - - -', 'Expires DateTime - - -', 'NotBefore DateTime - - -', 'Tag Hashtable Tags - -')
        $version = @('Version String SecretVersion 2 P')
        $values = @('AsPlainText SwitchParameter - - -', 'MaxAge TimeSpan - - -', 'NewerThan String - - -', 'StaleIfError TimeSpan - - -')

        # Of the Az cmdlet that each takes the place of: name, aliases, position. -DefaultProfile has no counterpart, and objects come by
        # their properties instead of -InputObject, -ResourceId and the like. -Id of Restore-AzKeyVaultSecret names a vault alone.
        $where = @('VaultName - 0', 'Name SecretName 1', 'Id SecretId 0')
        $said = @('Expires - -', 'NotBefore - -', 'ContentType - -', 'Tag Tags -')
        $az = @(
            @{ Cmdlet = 'Get-DoorkeySecret'; Az = $where + 'Version SecretVersion 2', 'AsPlainText - -' }
            @{ Cmdlet = 'Get-DoorkeySecretInfo'; Az = $where + 'IncludeVersions - -', 'InRemovedState - -' }
            @{ Cmdlet = 'Set-DoorkeySecret'; Az = $where + $said + 'SecretValue - 2', 'Disable - -' }
            @{ Cmdlet = 'Update-DoorkeySecret'; Az = $where + $said + 'Version SecretVersion 2', 'Enable - -', 'PassThru - -' }
            @{ Cmdlet = 'Remove-DoorkeySecret'; Az = $where + 'InRemovedState - -', 'Force - -', 'PassThru - -' }
            @{ Cmdlet = 'Undo-DoorkeySecretRemoval'; Az = $where }
            @{ Cmdlet = 'Backup-DoorkeySecret'; Az = $where + 'OutputFile - 2', 'Force - -' }
            @{ Cmdlet = 'Restore-DoorkeySecret'; Az = 'VaultName - 0', 'InputFile - 1' }
            @{ Cmdlet = 'Get-DoorkeyToken'; Az = @('ResourceUrl Resource,ResourceUri 0', 'AsSecureString - -') }
        )
    }

    BeforeAll {
        # The words of a parameter, with a dash for what it does not have.
        function Get-Word {
            param($Parameter)
            $attributes = @($Parameter.Attributes | Where-Object { $_ -is [System.Management.Automation.ParameterAttribute] })
            $positions = @($attributes | ForEach-Object { $_.Position } | Where-Object { $_ -ge 0 } | Select-Object -Unique)
            $pipeline = ''
            if ($attributes[0].ValueFromPipeline) { $pipeline += 'V' }
            if ($attributes[0].ValueFromPipelineByPropertyName) { $pipeline += 'P' }
            $words = $Parameter.Name, (Get-PlainType $Parameter).Name, ($Parameter.Aliases -join ','), ($positions -join ','), $pipeline
            $words | ForEach-Object { if ($_ -eq '') { '-' } else { $_ } }
        }
    }

    It 'of <Cmdlet> are as they were' -TestCases @(
        @{ Cmdlet = 'Get-DoorkeyToken'; Expected = $token }
        @{ Cmdlet = 'Get-DoorkeySecret'; Expected = $vault + $some + $version + $values }
        @{ Cmdlet = 'Get-DoorkeySecretInfo'; Expected = $vault + $some + 'IncludeVersions SwitchParameter - - -', 'InRemovedState SwitchParameter - - -' }
        @{ Cmdlet = 'Set-DoorkeySecret'; Expected = $vault + $change + $asks + $attributes + 'AllowEmptyValue SwitchParameter - - -', 'Disable SwitchParameter - - -', 'SecretValue SecureString - 2 P' }
        @{ Cmdlet = 'Update-DoorkeySecret'; Expected = $vault + $change + $version + $asks + $attributes + 'Enable Boolean - - -', 'PassThru SwitchParameter - - -' }
        @{ Cmdlet = 'Remove-DoorkeySecret'; Expected = $vault + $change + $asks + 'Force SwitchParameter - - -', 'InRemovedState SwitchParameter - - -', 'PassThru SwitchParameter - - -' }
        @{ Cmdlet = 'Undo-DoorkeySecretRemoval'; Expected = $vault + $change + $asks }
        @{ Cmdlet = 'Backup-DoorkeySecret'; Expected = $vault + $change + $asks + 'Force SwitchParameter - - -', 'OutputFile String - 2 -' }
        @{ Cmdlet = 'Restore-DoorkeySecret'; Expected = $vault + $asks + 'InputFile String FullName 1 VP' }
        @{ Cmdlet = 'Clear-DoorkeyCache'; Expected = @() }
    ) {
        param($Cmdlet, $Expected)
        $found = Get-OwnParameter $Cmdlet | ForEach-Object { (Get-Word $_) -join ' ' }
        $found -join "`n" | Should -BeExactly (($Expected | Sort-Object { $_.Split(' ')[0] }) -join "`n")
    }

    It 'of <Cmdlet> have the names, aliases and positions of Az' -TestCases $az {
        param($Cmdlet, $Az)
        foreach ($line in $Az) {
            $name, $alias, $position = $line.Split(' ')
            $words = Get-Word (Get-Command $Cmdlet).Parameters[$name]
            $words[0] | Should -BeExactly $name
            $words[3] | Should -BeExactly $position -Because $name
            # There may be more of them.
            $alias.Split(',') | Where-Object { $_ -ne '-' -and $words[2].Split(',') -cnotcontains $_ } | Should -BeNullOrEmpty -Because $name
        }
    }

    It 'that name an identity exclude each other in every set of Get-DoorkeyToken' {
        $found = (Get-Command Get-DoorkeyToken).ParameterSets
        $found.Count | Should -Be 4
        foreach ($set in $found) {
            $identities = @($set.Parameters | Where-Object { 'ClientId', 'ObjectId', 'IdentityResourceId' -contains $_.Name })
            $identities.Count | Should -BeLessOrEqual 1
        }
    }
}

Describe 'Cmdlets' {
    BeforeAll {
        $declared = @{}
        foreach ($command in Get-Command -Module Doorkey) {
            $declared[$command.Name] = $command.ImplementingType.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false)[0]
        }
    }

    It 'that change something, or write a file, know -WhatIf and -Confirm, and no other does' {
        ($declared.Keys | Where-Object { $declared[$_].SupportsShouldProcess } | Sort-Object) -join ' ' | Should -BeExactly ('Backup-DoorkeySecret Remove-DoorkeySecret ' +
            'Restore-DoorkeySecret Set-DoorkeySecret Undo-DoorkeySecretRemoval Update-DoorkeySecret')
    }

    It 'that ask without being told to are Remove-DoorkeySecret alone' {
        ($declared.Keys | Where-Object { $declared[$_].ConfirmImpact -eq 'High' }) -join ' ' | Should -BeExactly 'Remove-DoorkeySecret'
    }
}
