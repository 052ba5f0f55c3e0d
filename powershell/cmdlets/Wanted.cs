// A secret that somebody asked for, on its way into a group: its address, or why it is not asked for at all. Groups are Get-DoorkeySecret's.
namespace Doorkey.PowerShell
{
    internal sealed class Wanted
    {
        internal Wanted(SecretAddress address, DoorkeyException refusal)
        {
            Address = address;
            Refusal = refusal;
        }

        internal SecretAddress Address { get; private set; }

        /// <summary>Kept until all before it are out, so that errors too come in the order of what was asked for. Null for what may be asked.</summary>
        internal DoorkeyException Refusal { get; private set; }

        /// <summary>The vault of the call that can fetch it; null where ids say it themselves.</summary>
        internal string Vault
        {
            get { return Address.IsId ? null : Address.Vault; }
        }
    }
}
