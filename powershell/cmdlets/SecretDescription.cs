// What the cmdlets put out of every secret, with or without a value: plain managed data with Az's property names.
using System;
using System.Collections;
using System.Collections.Generic;

namespace Doorkey.PowerShell
{
    /// <summary>What is known of a secret beside its value.</summary>
    public abstract class SecretDescription
    {
        /// <summary>The vault is the one that was asked: an answer that could name another would lead the next cmdlet of a pipeline there.</summary>
        internal SecretDescription(SecretProperties secret, SecretAddress asked)
        {
            VaultName = asked.VaultName;
            Name = secret.Name;
            Version = secret.Version;
            Id = secret.Id;
            Enabled = secret.Enabled;
            Expires = Utc(secret.Expires);
            NotBefore = Utc(secret.NotBefore);
            Created = Utc(secret.Created);
            Updated = Utc(secret.Updated);
            ContentType = secret.ContentType;
            Tags = new Hashtable();
            foreach (KeyValuePair<string, string> tag in secret.Tags)
            {
                Tags[tag.Key] = tag.Value;
            }
        }

        /// <summary>The vault that was asked, by its bare name where that leads back to it, else as the caller gave it.</summary>
        public string VaultName { get; private set; }

        /// <summary>The secret's name.</summary>
        public string Name { get; private set; }

        /// <summary>The version, or null where the vault names none: in lists of secrets.</summary>
        public string Version { get; private set; }

        /// <summary>The whole id, with the version where there is one.</summary>
        public string Id { get; private set; }

        /// <summary>Whether it may be used.</summary>
        public bool Enabled { get; private set; }

        /// <summary>When it expires (UTC), or null.</summary>
        public DateTime? Expires { get; private set; }

        /// <summary>From when on it may be used (UTC), or null.</summary>
        public DateTime? NotBefore { get; private set; }

        /// <summary>When this version was made (UTC), or null.</summary>
        public DateTime? Created { get; private set; }

        /// <summary>When this version was last changed (UTC), or null.</summary>
        public DateTime? Updated { get; private set; }

        /// <summary>The content type that its author gave it, or null.</summary>
        public string ContentType { get; private set; }

        /// <summary>The tags; empty when there are none.</summary>
        public Hashtable Tags { get; private set; }

        /// <summary>The id, never the value.</summary>
        /// <returns>The id.</returns>
        public override string ToString()
        {
            return Id;
        }

        /// <summary>The properties whose texts would do something to a terminal, or hide there, instead of being shown.</summary>
        internal List<string> Unshowable
        {
            get
            {
                List<string> names = new List<string>();
                AddUnlessPlain(names, nameof(VaultName), VaultName);
                AddUnlessPlain(names, nameof(Name), Name);
                AddUnlessPlain(names, nameof(Version), Version);
                AddUnlessPlain(names, nameof(Id), Id);
                AddUnlessPlain(names, nameof(ContentType), ContentType);
                foreach (DictionaryEntry tag in Tags)
                {
                    AddUnlessPlain(names, nameof(Tags), (string)tag.Key + (string)tag.Value);
                }
                return names;
            }
        }

        internal static DateTime? Utc(DateTimeOffset? time)
        {
            return time.HasValue ? time.Value.UtcDateTime : (DateTime?)null;
        }

        private static void AddUnlessPlain(List<string> names, string name, string text)
        {
            if (text != null && !Arguments.IsPlain(text))
            {
                names.Add(name);
            }
        }
    }
}
