# What the test files share: an emulator of their own, the module under test, errors and child processes. Dot-sourced in BeforeAll.
# Windows PowerShell 5.1 syntax, ASCII, and of Pester only what every Pester 5 has.

$ErrorActionPreference = 'Stop'

# What the library must not read, and what emulated hosts have set here beside what it reads.
$script:OtherVariables = @('HTTP_PROXY', 'http_proxy')

# $null alone becomes an empty string on its way into .NET, which since .NET 9 is a value like any other.
function Remove-EnvironmentVariable {
    param([string] $Name)
    [Environment]::SetEnvironmentVariable($Name, [NullString]::Value)
}

# Every file starts from none of the variables that lead somewhere, by the library's own list, and an identity endpoint that refuses.
function Clear-TestEnvironment {
    Import-TestModule
    foreach ($name in [Doorkey.Client]::EnvironmentNames + $script:OtherVariables) {
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

# The address that the bare name of a vault is completed to.
function Get-VaultAddress {
    param($Emulator, [string] $Vault = 'demo')
    "https://$Vault." + $Emulator.Served.vault_suffix
}

# Gives the emulator secrets named <prefix>-1 and so on, with the values value-1 and so on.
function Set-TestSecret {
    param($Emulator, [string] $Prefix, [int] $Count, [string] $Vault = 'demo')
    foreach ($number in 1..$Count) {
        $null = Invoke-Control $Emulator '/secret' @{ vault = $Vault; name = "$Prefix-$number"; value = "value-$number" }
    }
}

# Waits for what another thread or process is about to do. Nothing is read into how long it takes; a minute is for what never happens.
function Wait-Until {
    param([scriptblock] $Condition)
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($watch.Elapsed.TotalSeconds -gt 60) {
            throw "in a minute it did not come to: $Condition"
        }
        $null = [System.Threading.Thread]::Yield()
    }
}

# How many requests the vault got while a command ran.
function Measure-VaultRequest {
    param($Emulator, [scriptblock] $Command)
    $before = (Invoke-Control $Emulator '/requests').vault
    $null = & $Command
    (Invoke-Control $Emulator '/requests').vault - $before
}

# What the emulator keeps of a secret, or nothing.
function Get-Stored {
    param($Emulator, [string] $Name, [string] $Vault = 'demo')
    Invoke-Control $Emulator "/secret?vault=$Vault&name=$Name"
}

function ConvertTo-Secure {
    param([string] $Text)
    [System.Net.NetworkCredential]::new('', $Text).SecurePassword
}

function Use-TestEmulator {
    param($Emulator)
    # A name of its own: the token cache is the process's, and a later emulator may get the port of an earlier one.
    $own = '//e' + $Emulator.Process.Id + '.localhost:'
    foreach ($variable in $Emulator.Served.environment.PSObject.Properties) {
        $script:OtherVariables += $variable.Name
        $value = $variable.Value
        if ($variable.Name -like '*_ENDPOINT' -or $variable.Name -eq 'AZURE_POD_IDENTITY_AUTHORITY_HOST') {
            $value = $value.Replace('//127.0.0.1:', $own).Replace('//localhost:', $own)
        }
        [Environment]::SetEnvironmentVariable($variable.Name, $value)
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

# The parameters of a cmdlet without those that every cmdlet has.
function Get-OwnParameter {
    param([string] $Cmdlet)
    $common = [System.Management.Automation.PSCmdlet]::CommonParameters
    (Get-Command $Cmdlet).Parameters.Values | Where-Object { $common -notcontains $_.Name } | Sort-Object Name
}

# Its type, or the one that it has when it is given at all.
function Get-PlainType {
    param($Parameter)
    $type = [System.Nullable]::GetUnderlyingType($Parameter.ParameterType)
    if ($type) { $type } else { $Parameter.ParameterType }
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

# What the host proves rights by: its secret header, the keys of Arc's agent, the assertion. The parts of an assertion are as bad as the whole.
function Get-Proof {
    param($Emulator)
    $machine = Invoke-Control $Emulator '/machine/secrets'
    @($machine.secret_header) + @($machine.arc_keys) + @("$($machine.assertion)".Split('.') | Select-Object -Skip 1) | Where-Object { $_ }
}

# The requests that reached the token endpoint, oldest first.
function Get-TokenRequest {
    param($Emulator)
    Invoke-Control $Emulator '/log' | ForEach-Object { $_ } | Where-Object { $_.endpoint -eq 'token' }
}

# An emulator of Arc's agent has to write where the real one does, which `cargo xtask test` allows where it can.
function Test-Playable {
    param([string] $Machine)
    $Machine -ne 'arc' -or $env:DOORKEY_TEST_ARC -eq '1'
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

# Unlike NetworkCredential, also what follows a NUL.
function ConvertTo-Text {
    param([System.Security.SecureString] $Value)
    $text = [System.Runtime.InteropServices.Marshal]::SecureStringToBSTR($Value)
    [System.Runtime.InteropServices.Marshal]::PtrToStringBSTR($text)
    [System.Runtime.InteropServices.Marshal]::ZeroFreeBSTR($text)
}

# Runs a script in a fresh process of this same PowerShell and gives back what it printed. A line to read is not in the script.
function Invoke-Fresh {
    param([string] $Script, [string] $Line)
    $file = Join-Path ([System.IO.Path]::GetTempPath()) ('doorkey-' + [guid]::NewGuid().ToString('n') + '.ps1')
    [System.IO.File]::WriteAllText($file, $Script)
    try {
        $Line | & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -File $file 2>&1 | ForEach-Object { "$_" }
    }
    finally {
        Remove-Item $file
    }
}
