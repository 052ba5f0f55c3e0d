// What Set-DoorkeySecret and Update-DoorkeySecret share: the attributes of a secret as parameters.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    /// <summary>The base of the cmdlets that write a secret's attributes.</summary>
    public abstract class AttributesCmdlet : SecretCmdlet
    {
        /// <summary>When it expires. A time that does not say of which zone it is, is UTC, as in Az.</summary>
        [Parameter]
        public DateTime? Expires { get; set; }

        /// <summary>From when on it may be used.</summary>
        [Parameter]
        public DateTime? NotBefore { get; set; }

        /// <summary>The content type, any text.</summary>
        [Parameter]
        public string ContentType { get; set; }

        /// <summary>The tags.</summary>
        [Parameter]
        [Alias("Tags")]
        public Hashtable Tag { get; set; }

        /// <summary>What the command line alone can get wrong. The library would tell it in seconds.</summary>
        protected override void BeginProcessing()
        {
            base.BeginProcessing();
            RefuseTime(nameof(Expires), Expires);
            RefuseTime(nameof(NotBefore), NotBefore);
            if (Tag != null)
            {
                RefuseSameNames(Tag);
            }
        }

        /// <summary>Whether a parameter that is given may have no time.</summary>
        internal abstract bool TakesNoTime { get; }

        private void RefuseTime(string parameter, DateTime? time)
        {
            if (time == null && IsGiven(parameter) && !TakesNoTime)
            {
                throw Ended(Refusals.TimeStays(parameter), null);
            }
            if (time != null && Utc(time).Value.Year < 1970)
            {
                throw Ended(Refusals.NoTime(parameter), null);
            }
        }

        /// <summary>
        /// The library's own rules for values and attributes. It looks at the vault last, so a call that names none sends nothing and meets them all.
        /// </summary>
        /// <param name="begin">Begins the call, with the vault that it is given.</param>
        internal static void RefuseByRules(Func<string, Operation> begin)
        {
            try
            {
                begin("").Dispose();
            }
            catch (DoorkeyException exception) when (Arguments.Of(exception) == Arguments.Vault)
            {
            }
        }

        internal SecretAttributes Attributes(bool? isEnabled)
        {
            return new SecretAttributes
            {
                Enabled = isEnabled,
                Expires = Utc(Expires),
                NotBefore = Utc(NotBefore),
                // Not a property that nobody gave: PowerShell makes an empty string of a null, and an empty content type removes what there is.
                ContentType = IsGiven(nameof(ContentType)) ? ContentType : null,
                Tags = Tag == null ? null : Texts(Tag)
            };
        }

        private static DateTimeOffset? Utc(DateTime? time)
        {
            if (time == null)
            {
                return null;
            }
            return time.Value.Kind == DateTimeKind.Local ? time.Value.ToUniversalTime() : DateTime.SpecifyKind(time.Value, DateTimeKind.Utc);
        }

        /// <summary>Names and values as the same texts in every culture; no value is an empty one.</summary>
        private static Dictionary<string, string> Texts(Hashtable tags)
        {
            Dictionary<string, string> texts = new Dictionary<string, string>();
            foreach (DictionaryEntry tag in tags)
            {
                texts[Text(tag.Key)] = Text(tag.Value);
            }
            return texts;
        }

        /// <summary>A number and its text are two keys for PowerShell and one name for the vault.</summary>
        private void RefuseSameNames(Hashtable tags)
        {
            HashSet<string> names = new HashSet<string>();
            foreach (object key in tags.Keys)
            {
                if (!names.Add(Text(key)))
                {
                    throw Ended(Refusals.TagTwice(Text(key)), null);
                }
            }
        }

        private static string Text(object value)
        {
            return (string)LanguagePrimitives.ConvertTo(value, typeof(string), CultureInfo.InvariantCulture) ?? "";
        }
    }
}
