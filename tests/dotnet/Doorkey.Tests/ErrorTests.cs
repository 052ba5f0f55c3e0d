// Errors: the right status, every field that the service sent, advice, and never a value.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class ErrorTests : IClassFixture<EmulatorProcess>
    {
        private readonly EmulatorProcess emulator;

        public ErrorTests(EmulatorProcess emulator)
        {
            this.emulator = emulator;
        }

        [Fact]
        public void A_secret_that_is_not_there()
        {
            DoorkeyException error = Failure("not-there");
            Assert.Equal(DoorkeyStatus.SecretNotFound, error.Status);
            Assert.Equal(404, error.HttpStatus);
            Assert.Equal("SecretNotFound", error.Code);
            Assert.NotEmpty(error.Advice);
            Assert.NotEmpty(error.RequestId);
        }

        [Fact]
        public void A_disabled_secret_is_told_from_a_refusal_by_its_inner_code()
        {
            emulator.Post("/secret", new { name = "off", value = "x", enabled = false });
            DoorkeyException error = Failure("off");
            Assert.Equal(DoorkeyStatus.SecretDisabled, error.Status);
            Assert.Equal(403, error.HttpStatus);
            Assert.Equal("SecretDisabled", error.InnerCode);
            Assert.NotEmpty(error.Advice);
        }

        [Fact]
        public void A_refusal()
        {
            emulator.Post("/fault", new { endpoint = "vault", status = 403 });
            DoorkeyException error = Failure(EmulatorProcess.SecretName);
            Assert.Equal(DoorkeyStatus.Forbidden, error.Status);
            Assert.Equal(403, error.HttpStatus);
            Assert.NotEmpty(error.Advice);
        }

        [Fact]
        public void A_token_that_the_vault_does_not_accept()
        {
            emulator.Post("/fault", new { endpoint = "vault", status = 401, times = (int?)null });
            DoorkeyException error = Failure(EmulatorProcess.SecretName);
            emulator.Post("/faults/clear");
            Assert.Equal(DoorkeyStatus.Unauthorized, error.Status);
            Assert.Equal(401, error.HttpStatus);
            Assert.NotEmpty(error.Advice);
        }

        [Fact]
        public void Too_many_requests_come_with_the_time_to_wait()
        {
            emulator.Post("/fault", new { endpoint = "vault", status = 429, headers = new Dictionary<string, string> { { "Retry-After", "7" } } });
            DoorkeyException error = Failure(EmulatorProcess.SecretName);
            Assert.Equal(DoorkeyStatus.Throttled, error.Status);
            Assert.Equal(429, error.HttpStatus);
            Assert.Equal(TimeSpan.FromSeconds(7), error.RetryAfter);
            Assert.NotEmpty(error.Advice);
        }

        [Theory]
        [InlineData("922337203685")]
        [InlineData("1000000000000")]
        [InlineData("9223372036854775807")]
        public void A_time_to_wait_beyond_what_dotnet_can_hold_is_the_longest_that_it_can(string seconds)
        {
            TimeSpan longest = seconds.Length < 13 ? TimeSpan.FromTicks(long.Parse(seconds) * TimeSpan.TicksPerSecond) : TimeSpan.MaxValue;
            object throttled = new { endpoint = "vault", status = 429, headers = new Dictionary<string, string> { { "Retry-After", seconds } } };
            emulator.Post("/fault", throttled);
            DoorkeyException error = Failure(EmulatorProcess.SecretName);
            Assert.Equal(DoorkeyStatus.Throttled, error.Status);
            Assert.Equal(longest, error.RetryAfter);
        }

        [Fact]
        public void A_token_endpoint_that_asks_for_a_wait_without_end_gives_an_error_like_any_other()
        {
            using EmulatorProcess own = new EmulatorProcess();
            own.Post("/fault", new { endpoint = "token", status = 429, headers = new Dictionary<string, string> { { "Retry-After", "1000000000000" } } });
            using Client client = own.Client();
            DoorkeyException error = Assert.Throws<DoorkeyException>(() => client.GetToken(own.Audience));
            Assert.Equal(DoorkeyStatus.Throttled, error.Status);
            Assert.Equal(TimeSpan.MaxValue, error.RetryAfter);
        }

        [Fact]
        public void No_identity_endpoint()
        {
            ClientOptions options = emulator.Options();
            options.Environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = "http://127.0.0.1:1";
            using Client client = new Client(options);
            DoorkeyException error = Assert.Throws<DoorkeyException>(() => client.GetToken(emulator.Audience));
            Assert.Equal(DoorkeyStatus.IdentityUnavailable, error.Status);
            Assert.Equal(0, error.HttpStatus);
            Assert.Null(error.Code);
            Assert.Null(error.RetryAfter);
            Assert.NotEmpty(error.Advice);
        }

        [Fact]
        public void A_certificate_that_nobody_trusts()
        {
            ClientOptions options = emulator.Options();
            options.Environment.Remove("DOORKEY_CA_FILE");
            using Client client = new Client(options);
            DoorkeyException error = Assert.Throws<DoorkeyException>(() => client.GetSecret("demo", EmulatorProcess.SecretName));
            Assert.Equal(DoorkeyStatus.Tls, error.Status);
        }

        [Theory]
        [InlineData("<html>nonsense</html>", "text/html")]
        [InlineData("", "application/json")]
        [InlineData("{\"value\":", "application/json")]
        public void An_answer_that_makes_no_sense(string body, string contentType)
        {
            emulator.Post("/fault", new { endpoint = "vault", status = 200, body, content_type = contentType });
            DoorkeyException error = Failure(EmulatorProcess.SecretName);
            Assert.Equal(DoorkeyStatus.Protocol, error.Status);
            Assert.DoesNotContain("nonsense", error.ToString());
        }

        [Fact]
        public void A_server_that_repeats_the_Authorization_header_leaks_nothing()
        {
            using Client client = emulator.Client();
            using Token token = client.GetToken(emulator.Audience);
            emulator.Post("/fault", new { endpoint = "vault", echo = true });
            DoorkeyException error = Assert.Throws<DoorkeyException>(() => client.GetSecret("demo", EmulatorProcess.SecretName));
            string everything = error + "|" + error.Advice + "|" + error.Code + "|" + error.InnerCode + "|" + error.RequestId;
            Assert.DoesNotContain(token.RevealText(), everything);
        }

        [Fact]
        public void A_server_that_repeats_what_was_set_or_restored_leaks_nothing()
        {
            const string hidden = "hidden-value-0123456789";
            emulator.Post("/fault", new
            {
                endpoint = "vault",
                status = 400,
                times = 2,
                content_type = "application/json",
                body = "{\"error\":{\"code\":\"BadParameter\",\"message\":\"The value " + hidden + " will not do\",\"innererror\":{\"code\":\"" + hidden + "\"}}}"
            });
            using Client client = emulator.Client();
            foreach (Action use in new Action[]
            {
                () => client.SetSecret("demo", "repeated", Encoding.UTF8.GetBytes(hidden)), () => client.RestoreSecret("demo", Encoding.UTF8.GetBytes(hidden))
            })
            {
                DoorkeyException error = Assert.Throws<DoorkeyException>(use);
                Assert.Equal(DoorkeyStatus.Rejected, error.Status);
                Assert.DoesNotContain(hidden, error + "|" + error.Advice + "|" + error.Code + "|" + error.InnerCode + "|" + error.RequestId);
            }
        }

        [Fact]
        public void A_write_whose_answer_is_lost_says_that_it_may_have_happened()
        {
            emulator.Post("/fault", new { endpoint = "vault", method = "PUT", drop = true, after_effect = true });
            using Client client = emulator.Client();
            DoorkeyException lost = Assert.Throws<DoorkeyException>(() => client.SetSecret("demo", "lost", Encoding.UTF8.GetBytes("v")));
            Assert.Equal(DoorkeyStatus.Network, lost.Status);
            Assert.Contains("may have", lost.Advice);
            Assert.Single(emulator.Stored("lost"));
        }

        [Fact]
        public void A_change_that_meets_another_one()
        {
            emulator.Post("/fault", new { endpoint = "vault", method = "PATCH", status = 409, inner_code = "ObjectIsBeingDeleted" });
            using Client client = emulator.Client();
            DoorkeyException conflict = Assert.Throws<DoorkeyException>(
                () => client.UpdateSecret("demo", EmulatorProcess.SecretName, null, new SecretAttributes { ContentType = "x" }));
            Assert.Equal(DoorkeyStatus.Conflict, conflict.Status);
            Assert.Equal("ObjectIsBeingDeleted", conflict.InnerCode);
            Assert.NotEmpty(conflict.Advice);
        }

        [Fact]
        public void A_log_has_status_advice_and_request_beside_the_message_and_the_stack()
        {
            DoorkeyException error = Failure("not-there");
            string[] lines = error.ToString().Split('\n').Select(line => line.Trim()).ToArray();
            Assert.Equal("Doorkey.DoorkeyException: " + error.Message, lines[0]);
            Assert.Equal("Status: SecretNotFound", lines[1]);
            Assert.Equal("Advice: " + error.Advice, lines[2]);
            Assert.Equal("RequestId: " + error.RequestId, lines[3]);
            Assert.StartsWith("at ", lines[4]);
            Assert.DoesNotContain(error.Advice, error.Message);
        }

        [Fact]
        public void Advice_is_a_sentence()
        {
            string advice = Failure("not-there").Advice;
            Assert.True(char.IsUpper(advice[0]) && advice.EndsWith('.') && !advice.EndsWith(".."), advice);
        }

        private DoorkeyException Failure(string name)
        {
            using Client client = emulator.Client();
            return Assert.Throws<DoorkeyException>(() => client.GetSecret("demo", name));
        }
    }
}
