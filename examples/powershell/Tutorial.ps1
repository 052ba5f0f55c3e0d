# Microsoft's tutorial in PowerShell: a token of this machine's managed identity, and with it a secret from a Key Vault.
# Runs in Windows PowerShell 5.1 and every PowerShell 7. To try it without Azure, start the emulator and set the variables that it prints.
param(
    [string] $VaultName = 'demo',
    [string] $Source
)

$ErrorActionPreference = 'Stop'
Import-Module Doorkey

# The audience of the vaults: in Azure always the same, with an emulator or another cloud https:// and the suffix without its port.
$audience = 'https://vault.azure.net'
if ($env:DOORKEY_VAULT_SUFFIX) {
    $audience = 'https://' + $env:DOORKEY_VAULT_SUFFIX.Split(':')[0]
}

# Where the token comes from is found by itself, unless a source is named.
$from = @{}
if ($Source) {
    $from.Source = $Source
}

$token = Get-DoorkeyToken -ResourceUrl $audience @from
"source=$($token.Source)"

$secret = Get-DoorkeySecret -VaultName $VaultName -Name MyTestSecret @from
"id=$($secret.Id)"
"version=$($secret.Version)"

# Printing the value is this example's purpose. A script hands the SecureString to what needs it, a PSCredential for instance.
$value = [System.Net.NetworkCredential]::new('', $secret.SecretValue).Password
"value=$value"
