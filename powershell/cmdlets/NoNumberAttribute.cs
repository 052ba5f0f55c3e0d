// Tells a number from a time before PowerShell makes ticks of it, or days of a text. It is refused where all else
// about the command line is: an error of this attribute would have no id of ours.
using System;
using System.Globalization;
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    internal sealed class NoNumberAttribute : ArgumentTransformationAttribute
    {
        /// <summary>What stands for a number: no time that anybody means, and one that the library could not tell from nothing.</summary>
        internal static readonly TimeSpan Number = TimeSpan.FromTicks(1);

        public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
        {
            PSObject wrapped = inputData as PSObject;
            object given = wrapped == null ? inputData : wrapped.BaseObject;
            return IsNumber(given) ? Number : inputData;
        }

        private static bool IsNumber(object given)
        {
            double number;
            string text = given as string;
            if (text != null)
            {
                return double.TryParse(text, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out number);
            }
            TypeCode code = Type.GetTypeCode(given == null ? null : given.GetType());
            return code >= TypeCode.SByte && code <= TypeCode.Decimal;
        }
    }
}
