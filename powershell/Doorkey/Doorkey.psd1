# The module's manifest. RootModule is the DLL itself: no script runs at import, and the native library is loaded by the first call.
# Every export is named (a test compares the list with the DLL); `cargo xtask module` copies this file as it is.
@{
    RootModule             = 'Doorkey.PowerShell.dll'
    ModuleVersion          = '0.1.0'
    GUID                   = '3fc0205f-457c-4f87-a3bd-47d80d6ee340'
    Author                 = 'The Doorkey contributors'
    CompanyName            = 'The Doorkey contributors'
    Copyright              = 'Copyright (c) The Doorkey contributors'
    Description            = 'Gets tokens of an Azure managed identity, and reads and manages Key Vault secrets with them, through one small native library.'
    CompatiblePSEditions   = @('Desktop', 'Core')
    PowerShellVersion      = '5.1'
    DotNetFrameworkVersion = '4.6.2'
    CmdletsToExport        = @(
        'Backup-DoorkeySecret', 'Clear-DoorkeyCache', 'Get-DoorkeySecret', 'Get-DoorkeySecretInfo', 'Get-DoorkeyToken', 'Remove-DoorkeySecret',
        'Restore-DoorkeySecret', 'Set-DoorkeySecret', 'Undo-DoorkeySecretRemoval', 'Update-DoorkeySecret'
    )
    FunctionsToExport      = @()
    AliasesToExport        = @()
    VariablesToExport      = @()
    PrivateData            = @{
        PSData = @{
            Tags = @('Azure', 'KeyVault', 'ManagedIdentity', 'Secrets', 'Windows', 'Linux', 'MacOS', 'PSEdition_Desktop', 'PSEdition_Core')
        }
    }
}
