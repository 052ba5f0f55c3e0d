// Get-DoorkeyToken: one token of this machine's identity. Every failure ends it, since there is only one thing to get.
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    /// <summary>Gets an access token of this machine's managed identity.</summary>
    [Cmdlet(VerbsCommon.Get, "DoorkeyToken", DefaultParameterSetName = ParameterSets.Default)]
    [OutputType(typeof(TokenOutput), typeof(string))]
    public sealed class GetDoorkeyTokenCommand : DoorkeyCmdlet
    {
        /// <summary>The audience. Azure Resource Manager by default, as in Az.</summary>
        [Parameter(Position = 0)]
        [Alias("Resource", "ResourceUri")]
        [ValidateNotNullOrEmpty]
        public string ResourceUrl { get; set; } = "https://management.azure.com/";

        /// <summary>The client id of a user-assigned identity.</summary>
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.ClientId)]
        [Alias("AccountId")]
        [ValidateNotNullOrEmpty]
        public string ClientId { get; set; }

        /// <summary>The object id of a user-assigned identity.</summary>
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.ObjectId)]
        [ValidateNotNullOrEmpty]
        public string ObjectId { get; set; }

        /// <summary>The Azure resource id of a user-assigned identity.</summary>
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.IdentityResourceId)]
        [ValidateNotNullOrEmpty]
        public string IdentityResourceId { get; set; }

        /// <summary>The claims that a service demanded when it refused a token, as decoded JSON.</summary>
        [Parameter]
        [ValidateNotNullOrEmpty]
        public string Claims { get; set; }

        /// <summary>Puts out the value alone, as text.</summary>
        [Parameter]
        public SwitchParameter AsPlainText { get; set; }

        /// <summary>What happens without it. For scripts that come from Get-AzAccessToken, where it was not always so.</summary>
        [Parameter]
        public SwitchParameter AsSecureString { get; set; }

        /// <summary>Two switches that exclude each other here and not by parameter sets, of which each identity has one already.</summary>
        protected override void BeginProcessing()
        {
            if (AsSecureString && AsPlainText)
            {
                throw Ended(Refusals.NotTogether(nameof(AsSecureString), nameof(AsPlainText), "Leave one of them out. A SecureString is what comes without either."), null);
            }
        }

        /// <summary>One call, one token.</summary>
        protected override void ProcessRecord()
        {
            ClientOptions options = new ClientOptions { ClientId = ClientId, ObjectId = ObjectId, IdentityResourceId = IdentityResourceId, Source = SourceName };
            CallOptions call = Call();
            call.Claims = Claims;
            string target = Arguments.WithoutSecrets(ResourceUrl);
            Announce("asking for a token for " + Arguments.Shown(target), options);
            Client client = Connect(options, target);
            try
            {
                using (LongWait wait = new LongWait(this, "Asking for a token for " + Arguments.Shown(target)))
                using (Token token = Wait(() => client.GetTokenOperation(ResourceUrl, call), wait))
                {
                    WriteVerbose("Doorkey: got a " + token);
                    WriteObject(AsPlainText ? (object)token.RevealText() : Views.Of(new TokenOutput(token)));
                }
            }
            catch (DoorkeyException exception)
            {
                throw Ended(Explained(exception), target);
            }
        }
    }
}
