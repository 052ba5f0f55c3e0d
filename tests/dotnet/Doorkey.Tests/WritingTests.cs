// Setting secrets and changing what is said of them: exactly what was given, in every form it may be given, and nothing that was not.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Security;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class WritingTests : IClassFixture<EmulatorProcess>
    {
        private readonly EmulatorProcess emulator;

        public WritingTests(EmulatorProcess emulator)
        {
            this.emulator = emulator;
        }

        [Theory]
        [InlineData("plain")]
        [InlineData("")]
        [InlineData(" leading and trailing \t\r\n")]
        [InlineData("p\u00e4ssw\u00f6rd \ud83d\ude00\ud83d\udd11 \u2028\ufeff")]
        [InlineData("NUL\0inside\0")]
        [InlineData("{\"json\": \"\\\"quoted\\\"\"}")]
        public void A_value_is_stored_exactly_as_it_was_given(string value)
        {
            using Client client = emulator.Client();
            using SecureString secure = Texts.Secure(value);
            using Secret fromText = client.SetSecret("demo", "exact", secure);
            Assert.Equal(value, emulator.Stored("exact").Last().GetProperty("value").GetString());
            using Secret fromBytes = client.SetSecret("demo", "exact", Encoding.UTF8.GetBytes(value));
            Assert.Equal(value, emulator.Stored("exact").Last().GetProperty("value").GetString());
            Assert.Equal(value, fromText.RevealText());
            Assert.Equal(value, fromBytes.RevealText());
        }

        [Fact]
        public void The_longest_value_of_a_vault_goes_in_and_one_byte_more_is_refused_by_name()
        {
            string longest = new string('x', 25 * 1024);
            using (Client client = emulator.Client())
            using (SecureString value = Texts.Secure(longest))
            using (Secret secret = client.SetSecret("demo", "longest", value))
            {
                Assert.Equal(longest, secret.RevealText());
            }
            using SecureString tooLong = Texts.Secure(longest + "x");
            Refused("value", client => client.SetSecretOperation("demo", "longest", tooLong));
            Refused("value", client => client.SetSecretOperation("demo", "longest", new byte[25 * 1024 + 1]));
        }

        [Fact]
        public void Half_a_surrogate_pair_is_refused_by_name_and_nothing_is_sent()
        {
            // No theory: xunit hands its texts on with what is not Unicode replaced.
            foreach (string value in new[] { "shown \ud800", "\udc00 shown", "\ude00\ud83d shown" })
            {
                using SecureString secure = Texts.Secure(value);
                DoorkeyException refused = Refused("value", client => client.SetSecretOperation("demo", "half", secure));
                Assert.DoesNotContain("shown", refused.ToString());
                Assert.Null(refused.InnerException);
            }
        }

        [Fact]
        public void Bytes_that_are_not_UTF8_are_refused_by_name_and_nothing_is_sent()
        {
            foreach (byte[] value in new[] { new byte[] { 0xff }, new byte[] { 0x61, 0xed, 0xa0, 0x80 }, new byte[] { 0xc0, 0x80 } })
            {
                Refused("value", client => client.SetSecretOperation("demo", "bytes", value));
            }
        }

        [Fact]
        public void A_missing_value_is_refused_by_name_and_nothing_is_sent()
        {
            Refused("value", client => client.SetSecretOperation("demo", "none", (SecureString)null));
            Refused("value", client => client.SetSecretOperation("demo", "none", (byte[])null));
        }

        [Fact]
        public void A_value_stays_the_callers()
        {
            using Client client = emulator.Client();
            SecureString secure = Texts.Secure("kept");
            byte[] bytes = Encoding.UTF8.GetBytes("kept");
            client.SetSecret("demo", "kept", secure).Dispose();
            client.SetSecret("demo", "kept", bytes).Dispose();
            Assert.Equal("kept", Texts.Reveal(secure));
            Assert.Equal("kept", Encoding.UTF8.GetString(bytes));
            secure.Dispose();
            Assert.Throws<ObjectDisposedException>(() => client.SetSecretOperation("demo", "kept", secure));
        }

        [Fact]
        public void A_value_may_be_cleared_as_soon_as_the_work_is_under_way()
        {
            using Client client = emulator.Client();
            byte[] value = Encoding.UTF8.GetBytes("cleared");
            emulator.Hold("vault", "/secrets/cleared");
            using Operation<Secret> operation = client.SetSecretOperation("demo", "cleared", value);
            Array.Clear(value, 0, value.Length);
            emulator.WaitUntilHeld();
            emulator.Release();
            using Secret secret = operation.Take();
            Assert.Equal("cleared", secret.RevealText());
        }

        [Fact]
        public void Setting_a_secret_again_makes_a_new_version()
        {
            using Client client = emulator.Client();
            using Secret first = client.SetSecret("demo", "again", Encoding.UTF8.GetBytes("one"));
            using Secret second = client.SetSecret(emulator.VaultUrl + "/secrets/again", null, Encoding.UTF8.GetBytes("two"));
            Assert.NotEqual(first.Version, second.Version);
            Assert.EndsWith("/secrets/again/" + second.Version, second.Id);
            using Secret latest = client.GetSecret("demo", "again");
            Assert.Equal("two", latest.RevealText());
        }

        [Fact]
        public void All_that_may_be_said_of_a_secret_is_said()
        {
            DateTimeOffset from = new DateTimeOffset(2020, 1, 1, 2, 0, 0, TimeSpan.FromHours(2));
            DateTimeOffset until = new DateTimeOffset(2037, 12, 31, 23, 59, 59, TimeSpan.Zero).AddMilliseconds(999);
            using Client client = emulator.Client();
            using Secret secret = client.SetSecret("demo", "said", Encoding.UTF8.GetBytes("v"), new SecretAttributes
            {
                ContentType = "text/pl\u00e4in",
                Enabled = false,
                NotBefore = from,
                Expires = until,
                Tags = new Dictionary<string, string> { { "team", "bl\u00fce \ud83d\ude00" }, { "empty", "" }, { "nothing", null } }
            });
            Assert.Equal("text/pl\u00e4in", secret.ContentType);
            Assert.False(secret.Enabled);
            Assert.Equal(from, secret.NotBefore);
            Assert.Equal(new DateTimeOffset(2037, 12, 31, 23, 59, 59, TimeSpan.Zero), secret.Expires);
            Assert.Equal(new[] { "empty=", "nothing=", "team=bl\u00fce \ud83d\ude00" }, Shown(secret.Tags));
            JsonElement stored = emulator.Stored("said").Single();
            Assert.Equal(2145916799, stored.GetProperty("exp").GetInt64());
            Assert.Equal(1577836800, stored.GetProperty("nbf").GetInt64());
        }

        [Fact]
        public void What_is_not_said_is_not_sent()
        {
            using Client client = emulator.Client();
            client.SetSecret("demo", "unsaid", Encoding.UTF8.GetBytes("v")).Dispose();
            client.SetSecret("demo", "unsaid", Encoding.UTF8.GetBytes("v"), new SecretAttributes()).Dispose();
            foreach (JsonElement version in emulator.Stored("unsaid"))
            {
                foreach (string member in new[] { "content_type", "enabled", "nbf", "exp" })
                {
                    Assert.False(version.TryGetProperty(member, out _), member);
                }
            }
        }

        [Fact]
        public void An_update_changes_what_it_says_and_keeps_the_rest()
        {
            emulator.Post("/secret", new { name = "changed", value = "v", content_type = "old", exp = 2000000000, tags = new { a = "1", b = "2" } });
            using Client client = emulator.Client();
            SecretProperties disabled = client.UpdateSecret("demo", "changed", null, new SecretAttributes { Enabled = false });
            Assert.False(disabled.Enabled);
            Assert.Equal("old", disabled.ContentType);
            Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(2000000000), disabled.Expires);
            Assert.Equal(new[] { "a=1", "b=2" }, Shown(disabled.Tags));
            SecretProperties renamed = client.UpdateSecret("demo", "changed", null, new SecretAttributes { ContentType = "new", Enabled = true });
            Assert.Equal("new", renamed.ContentType);
            using Secret secret = client.GetSecret("demo", "changed");
            Assert.Equal("v", secret.RevealText());
        }

        [Fact]
        public void Tags_are_replaced_as_a_whole_and_an_empty_dictionary_takes_them_away()
        {
            emulator.Post("/secret", new { name = "tagged", value = "v", tags = new { a = "1", b = "2" } });
            using Client client = emulator.Client();
            SecretAttributes one = new SecretAttributes { Tags = new Dictionary<string, string> { { "c", "3" } } };
            Assert.Equal(new[] { "c=3" }, Shown(client.UpdateSecret("demo", "tagged", null, one).Tags));
            SecretAttributes none = new SecretAttributes { Tags = new Dictionary<string, string>() };
            Assert.Empty(client.UpdateSecret("demo", "tagged", null, none).Tags);
        }

        [Fact]
        public void An_old_version_can_be_changed_by_version_or_by_its_whole_id()
        {
            emulator.Set("versioned", "old");
            emulator.Set("versioned", "new");
            string old = emulator.Stored("versioned").First().GetProperty("id").GetString();
            using Client client = emulator.Client();
            SecretProperties byVersion = client.UpdateSecret("demo", "versioned", old, new SecretAttributes { ContentType = "one" });
            Assert.Equal(old, byVersion.Version);
            SecretProperties byId = client.UpdateSecret(byVersion.Id, null, null, new SecretAttributes { ContentType = "two" });
            Assert.Equal("two", byId.ContentType);
            Assert.Equal("two", emulator.Stored("versioned").First().GetProperty("content_type").GetString());
            Assert.False(emulator.Stored("versioned").Last().TryGetProperty("content_type", out _));
        }

        [Theory]
        [MemberData(nameof(BadAttributes))]
        public void What_may_not_be_said_is_refused_by_its_property_and_nothing_is_sent(SecretAttributes attributes, string property)
        {
            Refused(property, client => client.SetSecretOperation("demo", "bad", Encoding.UTF8.GetBytes("v"), attributes));
            Refused(property, client => client.UpdateSecretOperation("demo", "bad", null, attributes));
        }

        public static IEnumerable<object[]> BadAttributes()
        {
            yield return Bad(new SecretAttributes { ContentType = "a\0b" }, nameof(SecretAttributes.ContentType));
            yield return Bad(new SecretAttributes { ContentType = "half \ud800" }, nameof(SecretAttributes.ContentType));
            yield return Bad(new SecretAttributes { ContentType = new string('x', 256) }, nameof(SecretAttributes.ContentType));
            yield return Bad(new SecretAttributes { Expires = DateTimeOffset.MinValue }, nameof(SecretAttributes.Expires));
            yield return Bad(new SecretAttributes { NotBefore = DateTimeOffset.MinValue }, nameof(SecretAttributes.NotBefore));
            yield return Bad(Tagged("a\0", "b"), nameof(SecretAttributes.Tags));
            yield return Bad(Tagged("a", "\udc00"), nameof(SecretAttributes.Tags));
            yield return Bad(Tagged("", "b"), nameof(SecretAttributes.Tags));
            yield return Bad(new SecretAttributes { Tags = Texts.OfNoName("b") }, nameof(SecretAttributes.Tags));
            yield return Bad(Tagged("a", new string('x', 257)), nameof(SecretAttributes.Tags));
            Dictionary<string, string> many = Enumerable.Range(0, 16).ToDictionary(number => "tag" + number, number => "v");
            yield return Bad(new SecretAttributes { Tags = many }, nameof(SecretAttributes.Tags));
        }

        [Fact]
        public void An_update_that_would_change_nothing_is_refused()
        {
            Refused("attributes", client => client.UpdateSecretOperation("demo", "same", null, null));
            Refused("attributes", client => client.UpdateSecretOperation("demo", "same", null, new SecretAttributes()));
        }

        [Fact]
        public void What_is_not_there_cannot_be_changed()
        {
            using Client client = emulator.Client();
            DoorkeyException missing = Assert.Throws<DoorkeyException>(
                () => client.UpdateSecret("demo", "not-there", null, new SecretAttributes { Enabled = true }));
            Assert.Equal(DoorkeyStatus.SecretNotFound, missing.Status);
        }

        [Fact]
        public void A_refusal_to_set_has_all_that_other_refusals_have()
        {
            using EmulatorProcess own = new EmulatorProcess();
            own.Post("/deny", new { operation = "set", reason = "rbac" });
            using Client client = own.Client();
            DoorkeyException refused = Assert.Throws<DoorkeyException>(() => client.SetSecret("demo", "denied", Encoding.UTF8.GetBytes("hidden-value")));
            Assert.Equal(DoorkeyStatus.Forbidden, refused.Status);
            Assert.Equal(403, refused.HttpStatus);
            Assert.Equal("ForbiddenByRbac", refused.InnerCode);
            Assert.Contains("Key Vault Secrets Officer", refused.Advice);
            Assert.NotEmpty(refused.RequestId);
            Assert.DoesNotContain("hidden-value", refused.ToString());
        }

        [Fact]
        public async Task Secrets_are_set_and_changed_without_blocking_a_thread()
        {
            using Client client = emulator.Client();
            using SecureString value = Texts.Secure("from text");
            using Secret fromText = await Patience.Within(client.SetSecretAsync("demo", "async", value));
            Assert.Equal("from text", fromText.RevealText());
            using Secret fromBytes = await Patience.Within(client.SetSecretAsync("demo", "async", Encoding.UTF8.GetBytes("from bytes")));
            Assert.Equal("from bytes", fromBytes.RevealText());
            SecretProperties changed = await Patience.Within(client.UpdateSecretAsync("demo", "async", null, new SecretAttributes { ContentType = "t" }));
            Assert.Equal(fromBytes.Version, changed.Version);
            Assert.Equal("t", changed.ContentType);
        }

        [Fact]
        public async Task What_is_refused_at_the_start_comes_through_the_task()
        {
            using Client client = emulator.Client();
            Task<Secret> task = client.SetSecretAsync("demo", "async", (byte[])null);
            Assert.Equal(DoorkeyStatus.InvalidArgument, (await Assert.ThrowsAsync<DoorkeyException>(() => task)).Status);
        }

        [Fact]
        public async Task A_cancelled_write_ends_as_cancelled_and_says_that_it_may_have_happened()
        {
            using Client client = emulator.Client();
            using CancellationTokenSource source = new CancellationTokenSource();
            emulator.Hold("vault", "/secrets/held");
            Task<Secret> task = client.SetSecretAsync("demo", "held", Encoding.UTF8.GetBytes("hidden-value"), cancellationToken: source.Token);
            emulator.WaitUntilHeld();
            source.Cancel();
            OperationCanceledException cancelled = await Patience.Cancelled(task, source.Token);
            Assert.DoesNotContain("hidden-value", cancelled.ToString());
            emulator.Release();
        }

        [Fact]
        public async Task A_cancelled_write_says_so_to_who_waits_for_it_on_a_thread_too()
        {
            using Client client = emulator.Client();
            emulator.Hold("vault", "/secrets/waited-for");
            using Operation<Secret> operation = client.SetSecretOperation("demo", "waited-for", Encoding.UTF8.GetBytes("v"));
            emulator.WaitUntilHeld();
            operation.Cancel();
            Assert.Contains("may have taken effect", Assert.Throws<OperationCanceledException>(() => operation.Take()).Message);
            emulator.Release();
            // And a task of an operation that nobody gave a token.
            emulator.Hold("vault", "/secrets/waited-for");
            using Operation<Secret> again = client.SetSecretOperation("demo", "waited-for", Encoding.UTF8.GetBytes("v"));
            Task<Secret> task = again.AsTask();
            emulator.WaitUntilHeld();
            again.Cancel();
            await Patience.Cancelled(task, CancellationToken.None);
            emulator.Release();
        }

        private static object[] Bad(SecretAttributes attributes, string property)
        {
            return new object[] { attributes, property };
        }

        private static SecretAttributes Tagged(string name, string value)
        {
            return new SecretAttributes { Tags = new Dictionary<string, string> { { name, value } } };
        }

        private static IEnumerable<string> Shown(IReadOnlyDictionary<string, string> tags)
        {
            return tags.Select(tag => tag.Key + "=" + tag.Value).OrderBy(tag => tag, StringComparer.Ordinal);
        }

        private static DoorkeyException Refused(string argument, Func<Client, IDisposable> call)
        {
            using EmulatorProcess own = new EmulatorProcess();
            using Client client = own.Client();
            DoorkeyException refused = Assert.Throws<DoorkeyException>(() => call(client).Dispose());
            Assert.StartsWith(argument + ": ", refused.Message);
            Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
            own.AssertUntouched();
            return refused;
        }
    }
}
