# Microsoft's tutorial for a Windows VM: its own two lines work against the emulator, and the example says the same with Doorkey.

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

Describe 'The tutorial' {
    It 'works by hand, with only hosts and resource changed' {
        # SSL_CERT_FILE counts from the start of a process. Windows has no such variable: there the certificate goes into the user's store.
        $env:SSL_CERT_FILE = $emulator.Served.ca_file
        $script = @'
$response = Invoke-WebRequest -UseBasicParsing -Uri '{0}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={1}' -Method GET -Headers @{{Metadata="true"}}
$content = $response.Content | ConvertFrom-Json
$KeyVaultToken = $content.access_token
(Invoke-WebRequest -UseBasicParsing -Uri https://localhost:{2}/secrets/MyTestSecret?api-version=2016-10-01 -Method GET -Headers @{{Authorization="Bearer $KeyVaultToken"}}).content
'@ -f $emulator.Served.imds, [uri]::EscapeDataString($emulator.Audience), $emulator.Served.vault_port
        try {
            $answer = (Invoke-Fresh $script) -join "`n" | ConvertFrom-Json
        }
        finally {
            Remove-EnvironmentVariable SSL_CERT_FILE
        }
        $answer.value | Should -BeExactly 'p@ssw0rd!'
        $answer.attributes.enabled | Should -BeTrue
    }

    It 'is the example, which prints source, id, version and value' {
        $example = Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'examples/powershell/Tutorial.ps1'
        $script = "`$env:PSModulePath = '{0}' + [System.IO.Path]::PathSeparator + `$env:PSModulePath; & '{1}'" -f (Split-Path $env:DOORKEY_TEST_MODULE), $example
        $said = @(Invoke-Fresh $script)
        $said[0] | Should -BeExactly 'source=imds'
        $said[1] | Should -Match '^id=https://demo\..*/secrets/MyTestSecret/[0-9a-f]{32}$'
        $said[2] | Should -Match '^version=[0-9a-f]{32}$'
        $said[3] | Should -BeExactly 'value=p@ssw0rd!'
    }
}
