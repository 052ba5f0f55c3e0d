# What the test files share: an emulator of their own, the module under test, errors and child processes. Dot-sourced in BeforeAll.
# Windows PowerShell 5.1 syntax, ASCII, and of Pester only what every Pester 5 has.

$ErrorActionPreference = 'Stop'

# The variables that lead somewhere; every file starts from none of them and an identity endpoint that refuses.
$script:LeadingVariables = 'AZURE_CLIENT_ID', 'DOORKEY_CA_FILE', 'DOORKEY_VAULT_SUFFIX', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy',
    'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy', 'SSL_CERT_FILE', 'SSL_CERT_DIR'

# $null alone becomes an empty string on its way into .NET, which since .NET 9 is a value like any other.
function Remove-EnvironmentVariable {
    param([string] $Name)
    [Environment]::SetEnvironmentVariable($Name, [NullString]::Value)
}

function Clear-TestEnvironment {
    foreach ($name in $script:LeadingVariables) {
        Remove-EnvironmentVariable $name
    }
    $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = 'http://127.0.0.1:1'
}

function Import-TestModule {
    if (-not $env:DOORKEY_TEST_MODULE) {
        throw 'DOORKEY_TEST_MODULE must be the folder of the assembled module'
    }
    Import-Module (Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.psd1')
    # The binding comes with the first call otherwise, and some tests speak to it before.
    $null = [System.Reflection.Assembly]::LoadFrom((Join-Path $env:DOORKEY_TEST_MODULE 'Doorkey.Interop.dll'))
}

# Starts an emulator, leads this session to it unless -Aside, and gives back how to talk to it.
function Start-TestEmulator {
    param([string[]] $With = @(), [switch] $Aside)
    if (-not $env:DOORKEY_EMULATOR) {
        throw 'DOORKEY_EMULATOR must be the path of the program of the emulator'
    }
    $start = New-Object System.Diagnostics.ProcessStartInfo $env:DOORKEY_EMULATOR
    $start.Arguments = (@('serve', '--format', 'json', '--until-eof', '--control', '--secret', 'MyTestSecret=p@ssw0rd!') + $With) -join ' '
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.UseShellExecute = $false
    $process = [System.Diagnostics.Process]::Start($start)
    $served = $process.StandardOutput.ReadLine() | ConvertFrom-Json
    $emulator = [pscustomobject]@{
        Process  = $process
        Served   = $served
        Control  = $served.control
        Audience = 'https://' + $served.vault_suffix.Split(':')[0]
        VaultUrl = $served.vault_url
    }
    if (-not $Aside) {
        Use-TestEmulator $emulator
    }
    $emulator
}

function Use-TestEmulator {
    param($Emulator)
    foreach ($variable in $Emulator.Served.environment.PSObject.Properties) {
        [Environment]::SetEnvironmentVariable($variable.Name, $variable.Value)
    }
}

function Stop-TestEmulator {
    param($Emulator)
    if ($Emulator) {
        $Emulator.Process.StandardInput.Close()
        if (-not $Emulator.Process.WaitForExit(30000)) {
            $Emulator.Process.Kill()
        }
        $Emulator.Process.Dispose()
    }
}

# Asks or scripts the emulator through its control endpoint.
function Invoke-Control {
    param($Emulator, [string] $Path, $Body)
    if ($null -eq $Body) {
        Invoke-RestMethod -UseBasicParsing -Uri ($Emulator.Control + $Path)
    }
    else {
        $json = ConvertTo-Json $Body -Depth 5 -Compress
        Invoke-RestMethod -UseBasicParsing -Uri ($Emulator.Control + $Path) -Method Post -ContentType 'application/json' -Body $json
    }
}

# Every counter of the emulator in one text: a call that sends nothing leaves it as it was.
function Get-Traffic {
    param($Emulator)
    ConvertTo-Json (Invoke-Control $Emulator '/requests') -Compress
}

# The record that a command ends with or writes, and nothing of its output.
function Get-Failure {
    param([scriptblock] $Command)
    $found = @()
    try {
        & $Command 2>&1 | ForEach-Object { if ($_ -is [System.Management.Automation.ErrorRecord]) { $found += $_ } }
    }
    catch {
        $found += $_
    }
    if ($found.Count -ne 1) {
        throw "expected one error, found $($found.Count)"
    }
    $found[0]
}

function ConvertTo-Text {
    param([System.Security.SecureString] $Value)
    [System.Net.NetworkCredential]::new('', $Value).Password
}

# Runs a script in a fresh process of this same PowerShell and gives back what it printed.
function Invoke-Fresh {
    param([string] $Script)
    $file = Join-Path ([System.IO.Path]::GetTempPath()) ('doorkey-' + [guid]::NewGuid().ToString('n') + '.ps1')
    [System.IO.File]::WriteAllText($file, $Script)
    try {
        & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -File $file 2>&1 | ForEach-Object { "$_" }
    }
    finally {
        Remove-Item $file
    }
}
