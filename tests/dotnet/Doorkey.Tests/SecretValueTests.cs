// The value: the same in every form it may be asked for in, gone after Dispose, and shown by nothing else.
using System;
using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class SecretValueTests : IClassFixture<EmulatorProcess>
    {
        private readonly EmulatorProcess emulator;

        public SecretValueTests(EmulatorProcess emulator)
        {
            this.emulator = emulator;
        }

        [Theory]
        [InlineData("plain")]
        [InlineData("")]
        [InlineData(" leading and trailing \t\r\n")]
        [InlineData("p\u00e4ssw\u00f6rd \ud83d\ude00\ud83d\udd11 \u2028")]
        [InlineData("NUL\0inside\0")]
        [InlineData("{\"json\": \"\\\"quoted\\\"\"}")]
        public void Every_form_of_a_value_is_exactly_what_the_vault_holds(string value)
        {
            emulator.Post("/secret", new { name = "value", value });
            using Client client = emulator.Client();
            using Secret secret = client.GetSecret("demo", "value");
            byte[] utf8 = Encoding.UTF8.GetBytes(value);
            Assert.Equal(utf8.Length, secret.Length);
            Assert.Equal(value, secret.RevealText());
            Assert.Equal(utf8, secret.ToBytes());
            using (SecureString secure = secret.ToSecureString())
            {
                Assert.True(secure.IsReadOnly());
                Assert.Equal(value, Texts.Reveal(secure));
            }
            byte[] lent = secret.Use((start, length) =>
            {
                byte[] copy = new byte[length];
                Marshal.Copy(start, copy, 0, length);
                Assert.Equal(0, Marshal.ReadByte(start, length));
                return copy;
            });
            Assert.Equal(utf8, lent);
        }

        [Fact]
        public void The_longest_value_of_a_vault_fits_a_SecureString()
        {
            string value = new string('x', 25 * 1024);
            emulator.Post("/secret", new { name = "long", value });
            using Client client = emulator.Client();
            using Secret secret = client.GetSecret("demo", "long");
            using SecureString secure = secret.ToSecureString();
            Assert.Equal(value, Texts.Reveal(secure));
        }

        [Fact]
        public void A_token_has_the_same_forms()
        {
            using Client client = emulator.Client();
            using Token token = client.GetToken(emulator.Audience);
            string text = token.RevealText();
            Assert.Equal(token.Length, text.Length);
            Assert.Equal(text, Encoding.UTF8.GetString(token.ToBytes()));
            using (SecureString secure = token.ToSecureString())
            {
                Assert.Equal(text, Texts.Reveal(secure));
            }
            int seen = 0;
            token.Use((start, length) => seen = length);
            Assert.Equal(token.Length, seen);
        }

        [Fact]
        public void A_disposed_secret_gives_nothing_more_and_keeps_its_names()
        {
            using Client client = emulator.Client();
            Secret secret = client.GetSecret("demo", EmulatorProcess.SecretName);
            secret.Dispose();
            secret.Dispose();
            Assert.Throws<ObjectDisposedException>(() => secret.RevealText());
            Assert.Throws<ObjectDisposedException>(() => secret.ToBytes());
            Assert.Throws<ObjectDisposedException>(() => secret.ToSecureString());
            Assert.Throws<ObjectDisposedException>(() => secret.Use((start, length) => { }));
            Assert.Equal(EmulatorProcess.SecretName, secret.Name);
        }

        [Fact]
        public void What_is_disposed_of_is_named_as_callers_know_it()
        {
            Client client = emulator.Client();
            Token token = client.GetToken(emulator.Audience);
            Secret secret = client.GetSecret("demo", EmulatorProcess.SecretName);
            Operation<Secret> operation = client.GetSecretOperation("demo", EmulatorProcess.SecretName);
            Pager<SecretProperties> pager = client.ListSecrets("demo");
            foreach (IDisposable one in new IDisposable[] { token, secret, operation, pager, client })
            {
                one.Dispose();
            }
            foreach ((string noun, Action use) in new (string, Action)[]
            {
                ("Doorkey.Token", () => token.ToBytes()), ("Doorkey.Secret", () => secret.RevealText()), ("Doorkey.Secret", () => secret.ToSecureString()),
                ("Doorkey.Secret", () => secret.Use((start, length) => { })), ("Doorkey.Operation", () => operation.Wait(0)),
                ("Doorkey.Operation", () => operation.Take()), ("Doorkey.Operation", () => operation.AsTask()),
                ("Doorkey.Client", () => client.GetTokenOperation(emulator.Audience)), ("Doorkey.Client", () => client.GetSecretOperation("demo", "x")),
                ("Doorkey.Client", client.ClearCache), ("Doorkey.Pager", () => pager.Next()), ("Doorkey.Client", () => client.ListSecrets("demo")),
                ("Doorkey.Client", () => client.GetSecrets("demo", new[] { "x" })), ("Doorkey.Client", () => client.StreamSecrets("demo", new[] { "x" })),
                ("Doorkey.Client", () => client.SetSecret("demo", "x", new byte[1])), ("Doorkey.Client", () => client.PurgeSecret("demo", "x")),
                ("Doorkey.Client", () => client.UpdateSecret("demo", "x", null, null)), ("Doorkey.Client", () => client.BackupSecret("demo", "x"))
            })
            {
                Assert.Equal(noun, Assert.Throws<ObjectDisposedException>(use).ObjectName);
            }
        }

        [Fact]
        public void A_secret_disposed_of_inside_its_own_callback_is_freed_after_it()
        {
            using Client client = emulator.Client();
            Secret secret = client.GetSecret("demo", EmulatorProcess.SecretName);
            string seen = secret.Use((start, length) =>
            {
                secret.Dispose();
                byte[] copy = new byte[length];
                Marshal.Copy(start, copy, 0, length);
                return Encoding.UTF8.GetString(copy);
            });
            Assert.Equal(EmulatorProcess.SecretValue, seen);
        }

        [Fact]
        public void What_is_disposed_of_while_it_is_lent_refuses_everybody_else_at_once()
        {
            using Client client = emulator.Client();
            foreach (SensitiveValue value in new SensitiveValue[]
            {
                client.GetSecret("demo", EmulatorProcess.SecretName), client.GetToken(emulator.Audience), client.BackupSecret("demo", EmulatorProcess.SecretName)
            })
            {
                byte[] whole = value.ToBytes();
                byte[] lent = value.Use((start, length) =>
                {
                    Task.Run(value.Dispose).Wait();
                    foreach (Action use in new Action[]
                    {
                        () => value.RevealText(), () => value.ToBytes(), () => value.ToSecureString(), () => value.Use((again, count) => { })
                    })
                    {
                        Assert.Equal(value.GetType().FullName, Assert.Throws<ObjectDisposedException>(use).ObjectName);
                    }
                    byte[] copy = new byte[length];
                    Marshal.Copy(start, copy, 0, length);
                    return copy;
                });
                Assert.Equal(whole, lent);
            }
        }

        [Fact]
        public void Nothing_that_prints_objects_shows_a_value()
        {
            using Client client = emulator.Client();
            using Secret secret = client.GetSecret("demo", EmulatorProcess.SecretName);
            using Token token = client.GetToken(emulator.Audience);
            using SecretResults results = client.GetSecrets("demo", new[] { EmulatorProcess.SecretName });
            using Backup backup = client.BackupSecret("demo", EmulatorProcess.SecretName);
            foreach ((object shown, string value) in new (object, string)[]
            {
                (secret, EmulatorProcess.SecretValue), (secret.Properties, EmulatorProcess.SecretValue), (token, token.RevealText()),
                (results, EmulatorProcess.SecretValue), (results[0], EmulatorProcess.SecretValue), (backup, backup.RevealText())
            })
            {
                string text = shown + JsonSerializer.Serialize(shown, shown.GetType()) + string.Join("|", shown.GetType()
                    .GetProperties().Where(property => property.GetIndexParameters().Length == 0).Select(property => Text(property.GetValue(shown))));
                Assert.DoesNotContain(value, text);
                // A field that held a string would be shown by every debugger.
                foreach (FieldInfo field in shown.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic))
                {
                    Assert.DoesNotContain(value, Text(field.GetValue(shown)));
                }
                Assert.Empty(shown.GetType().GetCustomAttributes<DebuggerDisplayAttribute>());
            }
        }

        [Fact]
        public void A_culture_with_its_own_letters_changes_nothing()
        {
            CultureInfo before = CultureInfo.CurrentCulture;
            try
            {
                CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = new CultureInfo("tr-TR");
                emulator.Post("/secret", new { name = "TITLE-i-I", value = "\u0131\u0130iI" });
                using Client client = emulator.Client();
                using Secret secret = client.GetSecret("demo", "TITLE-i-I");
                Assert.Equal("\u0131\u0130iI", secret.RevealText());
                Assert.Equal("TITLE-i-I", secret.Name, ignoreCase: true);
            }
            finally
            {
                CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = before;
            }
        }

        private static string Text(object value)
        {
            return value is IEnumerable list && !(value is string) ? string.Join(",", list.Cast<object>()) : value + "";
        }
    }
}
