# Help: there for every cmdlet, and in step with the cmdlets' own metadata, in docs/powershell and in what Get-Help shows.

BeforeDiscovery {
    $names = 'Get-DoorkeyToken', 'Get-DoorkeySecret', 'Get-DoorkeySecretInfo', 'Set-DoorkeySecret', 'Update-DoorkeySecret', 'Remove-DoorkeySecret',
        'Undo-DoorkeySecretRemoval', 'Backup-DoorkeySecret', 'Restore-DoorkeySecret', 'Clear-DoorkeyCache'
    $cmdlets = $names | ForEach-Object { @{ Cmdlet = $_ } }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Support.ps1')
    Import-TestModule
    $docs = Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'docs/powershell'

    # A part of the markdown, from its heading to the next of the same level.
    function Get-Part {
        param([string] $Cmdlet, [string] $Heading)
        $text = [System.IO.File]::ReadAllText((Join-Path $docs "$Cmdlet.md"))
        $level = $Heading.Split(' ')[0]
        $pattern = '(?ms)^' + [regex]::Escape($Heading) + '\s*?\r?\n(.*?)(?=^#{1,' + $level.Length + '} |\z)'
        [regex]::Match($text, $pattern).Groups[1].Value
    }

    # One line of the table below a parameter's heading.
    function Get-Row {
        param([string] $Part, [string] $Key)
        [regex]::Match($Part, '(?m)^' + [regex]::Escape($Key) + ':[ ]*(.*?)\r?$').Groups[1].Value
    }
}

Describe 'The help of <Cmdlet>' -ForEach $cmdlets {
    It 'belongs to a cmdlet of the module, as every one of them has help' {
        (Get-Command $Cmdlet).Module.Name | Should -BeExactly 'Doorkey'
        @(Get-ChildItem $docs -Filter '*-*.md').Count | Should -Be @(Get-Command -Module Doorkey).Count
    }

    It 'has a synopsis, a description and examples for a VM and for a runbook' {
        $help = Get-Help $Cmdlet -Full
        $help.Synopsis | Should -BeExactly (Get-Part $Cmdlet '## SYNOPSIS').Trim()
        ($help.Description | Out-String).Trim() | Should -Not -BeNullOrEmpty
        @($help.Examples.Example).Count | Should -BeGreaterOrEqual 2
        $examples = $help.Examples | Out-String -Width 500
        $examples | Should -Match 'virtual machine'
        $examples | Should -Match 'runbook'
    }

    It 'explains every parameter and no other' {
        $explained = (Get-Help $Cmdlet -Full).parameters.parameter | Where-Object { $_ } | ForEach-Object { $_.name } | Sort-Object
        ($explained -join ' ') | Should -BeExactly ((Get-OwnParameter $Cmdlet | ForEach-Object { $_.Name }) -join ' ')
        foreach ($parameter in (Get-Help $Cmdlet -Full).parameters.parameter | Where-Object { $_ }) {
            ($parameter.description | Out-String).Trim() | Should -Not -BeNullOrEmpty -Because $parameter.name
        }
    }

    It 'says in docs/powershell of every parameter what the cmdlet itself says' {
        foreach ($parameter in Get-OwnParameter $Cmdlet) {
            $part = Get-Part $Cmdlet ('### -' + $parameter.Name)
            $part | Should -Not -BeNullOrEmpty -Because $parameter.Name
            $attributes = @($parameter.Attributes | Where-Object { $_ -is [System.Management.Automation.ParameterAttribute] })
            Get-Row $part 'Type' | Should -BeExactly (Get-PlainType $parameter).Name -Because $parameter.Name
            Get-Row $part 'Aliases' | Should -BeExactly ($parameter.Aliases -join ', ') -Because $parameter.Name
            Get-Row $part 'Required' | Should -BeExactly ([string] $attributes[0].Mandatory) -Because $parameter.Name
            foreach ($attribute in $attributes) {
                $position = 'Named'
                if ($attribute.Position -ge 0) {
                    $position = [string] $attribute.Position
                }
                $set = $attribute.ParameterSetName.Replace('__AllParameterSets', '(All)')
                $table = ([regex]::Matches($part, '(?s)```yaml.*?```') | ForEach-Object { $_.Value } | Where-Object { ((Get-Row $_ 'Parameter Sets') -split ', ') -ccontains $set })
                Get-Row $table 'Position' | Should -BeExactly $position -Because $parameter.Name
            }
            $pipeline = @()
            if ($attributes[0].ValueFromPipelineByPropertyName) { $pipeline += 'ByPropertyName' }
            if ($attributes[0].ValueFromPipeline) { $pipeline += 'ByValue' }
            $accepts = 'False'
            if ($pipeline) {
                $accepts = 'True (' + ($pipeline -join ', ') + ')'
            }
            Get-Row $part 'Accept pipeline input' | Should -BeExactly $accepts -Because $parameter.Name
            $sets = ($attributes | ForEach-Object { $_.ParameterSetName } | Sort-Object) -join ', '
            if ($sets -eq '__AllParameterSets') {
                $sets = '(All)'
            }
            $told = [regex]::Matches($part, '(?m)^Parameter Sets: (.*?)\r?$') | ForEach-Object { $_.Groups[1].Value -split ', ' }
            (($told | Sort-Object) -join ', ') | Should -BeExactly $sets -Because $parameter.Name
        }
    }

    It 'has in docs/powershell the syntax of every parameter set' {
        $command = Get-Command $Cmdlet
        $headings = [regex]::Matches((Get-Part $Cmdlet '## SYNTAX'), '(?m)^### ').Count
        $headings | Should -Be @($command.ParameterSets | Where-Object { $_.Name -ne '__AllParameterSets' }).Count
        foreach ($set in $command.ParameterSets) {
            $heading = '### ' + $set.Name
            if ($set.IsDefault) {
                $heading += ' (Default)'
            }
            # What is the same in every way of calling needs no heading of its own.
            if ($set.Name -eq '__AllParameterSets') {
                $heading = '## SYNTAX'
            }
            $block = ((Get-Part $Cmdlet $heading) -replace '```', '' -replace '\s+', ' ').Trim()
            $block | Should -Not -BeNullOrEmpty -Because $heading
            $written = [regex]::Matches($block, '-(\w+)(?=[\]\s])') | ForEach-Object { $_.Groups[1].Value } | Where-Object { $_ -ne ($Cmdlet -split '-')[1] } | Sort-Object
            $common = [System.Management.Automation.PSCmdlet]::CommonParameters
            # What objects alone bring is in no syntax.
            $hidden = (Get-Command $Cmdlet).Parameters.Values | Where-Object { $_.Attributes.DontShow -contains $true } | ForEach-Object { $_.Name }
            $real = $set.Parameters | ForEach-Object { $_.Name } | Where-Object { $common -notcontains $_ -and $hidden -notcontains $_ } | Sort-Object
            $written -join ' ' | Should -BeExactly ($real -join ' ') -Because $heading
        }
    }

    It 'has examples that PowerShell can read' {
        $text = [System.IO.File]::ReadAllText((Join-Path $docs "$Cmdlet.md"))
        $blocks = [regex]::Matches($text, '(?ms)^```powershell\r?\n(.*?)^```')
        $blocks.Count | Should -BeGreaterThan 0
        foreach ($block in $blocks) {
            $problems = $null
            $null = [System.Management.Automation.Language.Parser]::ParseInput($block.Groups[1].Value, [ref] $null, [ref] $problems)
            $problems | Should -BeNullOrEmpty
        }
    }
}

Describe 'about_Doorkey' {
    BeforeAll {
        $about = [System.IO.File]::ReadAllText((Join-Path $env:DOORKEY_TEST_MODULE 'en-US/about_Doorkey.help.txt'))
    }

    It 'lists the id of every error' {
        foreach ($status in [enum]::GetNames([Doorkey.DoorkeyStatus])) {
            if ('Ok', 'Pending' -notcontains $status) {
                $about.Contains("Doorkey.$status") | Should -BeTrue -Because $status
            }
        }
        foreach ($id in 'FileExists', 'FileNotFound', 'FileFailed') {
            $about.Contains("Doorkey.$id") | Should -BeTrue -Because $id
        }
        $about.Contains('Doorkey.NativeLibraryLoadFailed') | Should -BeTrue
        $about.Contains('Doorkey.AbiMismatch') | Should -BeTrue
    }

    It 'names every cmdlet' {
        foreach ($command in Get-Command -Module Doorkey) {
            $about.Contains($command.Name) | Should -BeTrue -Because $command.Name
        }
    }

    It 'lists every variable that the library reads' {
        foreach ($name in [Doorkey.Client]::EnvironmentNames) {
            $about.Contains($name.ToUpperInvariant()) | Should -BeTrue -Because $name
        }
    }

    It 'is found by Get-Help, with its short description where Get-Help looks for the synopsis' {
        Get-Help about_Doorkey | Out-String | Should -Match 'managed identity'
        $lines = $about -split '\r?\n'
        $lines[3] | Should -BeExactly 'SHORT DESCRIPTION'
        $lines[4] | Should -Match '^    Azure managed identity'
    }

    It 'fits a console of 80 columns' {
        @($about -split '\r?\n' | Where-Object { $_.Length -gt 76 }) -join "`n" | Should -BeExactly ''
    }

    It 'is right about the examples that run with the emulator' {
        $emulator = Start-TestEmulator -With '--vault', 'demo', '--vault', 'demo2', '--secret', 'db-server=sql', '--secret', 'db-user=app', '--secret', 'db-password=p@ssw0rd'
        try {
            $secrets = 1, 2, 3, 7 | ForEach-Object { , @('Get-DoorkeySecret', $_) }
            $lists = 1..4 | ForEach-Object { , @('Get-DoorkeySecretInfo', $_) }
            $changes = @('Set-DoorkeySecret', 2), @('Set-DoorkeySecret', 4), @('Update-DoorkeySecret', 2), @('Update-DoorkeySecret', 3)
            $copies = @('Backup-DoorkeySecret', 3), @('Set-DoorkeySecret', 3)
            # What an example leaves for the next one, as in a session; the backup's file is in a folder of its own.
            $password = ConvertTo-Secure 'x'
            Push-Location $TestDrive
            foreach ($example in $secrets + $lists + , @('Get-DoorkeyToken', 1) + $changes + $copies) {
                $part = Get-Part $example[0] '## EXAMPLES'
                $code = [regex]::Match($part, "(?s)### Example $($example[1]):.*?``````powershell\r?\n(.*?)``````").Groups[1].Value
                $code | Should -Not -BeNullOrEmpty
                $said = & ([scriptblock]::Create($code)) 2>&1
                @($said | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] }).Count | Should -Be 0 -Because $code
            }
        }
        finally {
            Pop-Location
            Stop-TestEmulator $emulator
            Clear-TestEnvironment
        }
    }
}
