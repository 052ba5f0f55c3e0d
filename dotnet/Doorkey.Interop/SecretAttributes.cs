// What may be said of a secret when it is set or changed. Data, and its native form. What a vault says of one is in SecretProperties.
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Doorkey
{
    /// <summary>What is to be said of a secret. Null: nothing of the kind (when it is set), or as it is (when it is changed).</summary>
    public sealed class SecretAttributes
    {
        /// <summary>What kind of value it is, in words of one's own.</summary>
        public string ContentType { get; set; }

        /// <summary>Whether it may be used.</summary>
        public bool? Enabled { get; set; }

        /// <summary>From when on it may be used, in whole seconds.</summary>
        public DateTimeOffset? NotBefore { get; set; }

        /// <summary>When it expires, in whole seconds.</summary>
        public DateTimeOffset? Expires { get; set; }

        /// <summary>All of its tags, which take the place of those that it has; an empty dictionary takes them away.</summary>
        public IDictionary<string, string> Tags { get; set; }
    }

    /// <summary>Native attributes, and the texts that they point to.</summary>
    internal sealed class AttributesArgument : IDisposable
    {
        internal NativeAttributes Native;
        private readonly NativeText contentType;
        private readonly NativeTexts tags;

        internal AttributesArgument(SecretAttributes attributes)
        {
            SecretAttributes said = attributes ?? new SecretAttributes();
            // What may be refused comes before what must be let go of.
            byte[] type = Utf8.Argument(said.ContentType, nameof(SecretAttributes.ContentType));
            List<byte[]> namesAndValues = NamesAndValues(said.Tags ?? new Dictionary<string, string>());
            contentType = new NativeText(type);
            tags = new NativeTexts(namesAndValues);
            Native = new NativeAttributes
            {
                StructSize = (uint)Marshal.SizeOf(typeof(NativeAttributes)),
                Flags = Flags(said),
                ContentType = contentType.Address,
                NotBeforeUnix = UnixTime.Write(said.NotBefore),
                ExpiresAtUnix = UnixTime.Write(said.Expires),
                Tags = tags.Address,
                TagCount = tags.Pairs
            };
        }

        public void Dispose()
        {
            contentType.Dispose();
            tags.Dispose();
        }

        private static uint Flags(SecretAttributes said)
        {
            uint flags = 0;
            if (said.Enabled.HasValue)
            {
                flags |= said.Enabled.Value ? NativeAttributes.Enabled : NativeAttributes.Disabled;
            }
            flags |= said.NotBefore.HasValue ? NativeAttributes.NotBefore : 0;
            flags |= said.Expires.HasValue ? NativeAttributes.Expires : 0;
            flags |= said.Tags != null ? NativeAttributes.WithTags : 0;
            return flags;
        }

        private static List<byte[]> NamesAndValues(IDictionary<string, string> tags)
        {
            List<byte[]> namesAndValues = new List<byte[]>();
            foreach (KeyValuePair<string, string> tag in tags)
            {
                namesAndValues.Add(Utf8.Bytes(tag.Key, nameof(SecretAttributes.Tags)));
                namesAndValues.Add(Utf8.Bytes(tag.Value ?? "", nameof(SecretAttributes.Tags)));
            }
            return namesAndValues;
        }
    }
}
