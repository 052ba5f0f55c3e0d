// Makes an empty text of a variable that has not been set, before PowerShell chooses a parameter set: a null is no string to it, and it would go
// on to the next parameter of the same position. What is refused about an empty text is SecretAddress's.
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    internal sealed class EmptyForNullAttribute : ArgumentTransformationAttribute
    {
        public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
        {
            return inputData ?? "";
        }
    }
}
