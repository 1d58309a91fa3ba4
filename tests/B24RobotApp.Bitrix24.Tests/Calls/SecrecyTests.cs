using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Tests.Calls;

/// <summary>Whatever goes wrong, neither a token nor a webhook's path nor a deal's content is to be read anywhere afterwards.</summary>
public sealed class SecrecyTests
{
    private const string WebhookSecret = "s3cr3tOfTheWebhook";
    private const string Content = "content of a deal";

    /// <summary>In an answer SENT stands for the secret that the request came with.</summary>
    public static TheoryData<string, int, string> Answers => new()
    {
        { "a success", 200, """{"result":1}""" },
        { "an error that quotes it", 400, """{"error":"X","error_description":"Token SENT of /rest/1/SENT/crm.item.add is bad"}""" },
        { "an expired token, twice", 401, """{"error":"expired_token","error_description":"SENT has expired"}""" },
        { "a gateway's page that quotes the address", 502, "<html>https://portal/rest/1/SENT/batch</html>" },
        { "a redirect", 302, "https://elsewhere/rest/1/SENT/crm.item.add" },
        { "no answer", 0, "" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task No_log_line_and_no_exception_shows_a_secret(string what, int status, string body)
    {
        Assert.True(WebhookUrl.TryParse($"https://esb.bitrix24.test/rest/1/{WebhookSecret}/", allowHttp: false, out var url, out _));
        PortalCredential[] credentials = [new WebhookCredential(url), new TestCredential()];
        foreach (var credential in credentials)
        {
            using var fixture = new ClientFixture(credential: credential);
            fixture.Portal.AnswerWith = exchange =>
            {
                if (status == 0)
                {
                    // As the transport words it, with the whole address.
                    exchange.Break(new HttpRequestException(HttpRequestError.ResponseEnded, $"Broken: {exchange.Address} {exchange.Body}"));
                }
                else
                {
                    var sent = exchange.Body.TryGetProperty("auth", out var token) ? token.GetString() : WebhookSecret;
                    var answer = body.Replace("SENT", sent, StringComparison.Ordinal);
                    exchange.Answer(answer, status, status == 302 ? new Uri(answer) : null);
                }

                return null;
            };

            var single = await Record.ExceptionAsync(() => fixture.Client.CallAsync(Call(), TestContext.Current.CancellationToken));
            var group = await Record.ExceptionAsync(() => fixture.CallGroupAsync(Call(), Call()));

            Assert.Equal(status == 200, single is null);
            Assert.NotNull(group);
            Assert.NotEmpty(fixture.Logs.Lines);
            foreach (var text in (string[])[.. fixture.Logs.Lines, $"{single}", $"{group}", $"{credential}", $"{fixture.Client}", credential.Key])
            {
                Assert.DoesNotContain(WebhookSecret, text, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain(TestCredential.TokenText, text, StringComparison.OrdinalIgnoreCase);
                Assert.False(text.Contains(Content, StringComparison.Ordinal), what);
            }
        }
    }

    [Fact]
    public async Task An_error_within_a_batch_that_quotes_the_token_is_shown_without_it()
    {
        using var fixture = new ClientFixture();
        var group = fixture.CallGroupAsync(Call(), Call());

        (await fixture.Portal.NextAsync()).Answer(
            """{"result":{"result":[],"result_error":{"c0":{"error":"X","error_description":"auth=TOKEN!"}}}}""".Replace("TOKEN", $"{TestCredential.TokenText}1", StringComparison.Ordinal));

        Assert.Equal("auth=***!", (await group)[0].Failure!.Description);
    }

    [Fact]
    public async Task What_a_request_is_sent_with_prints_nothing()
    {
        Assert.True(WebhookUrl.TryParse($"https://esb.bitrix24.test/rest/1/{WebhookSecret}/", allowHttp: false, out var url, out _));

        Assert.Equal("***", (await new WebhookCredential(url).AuthorizeAsync(TestContext.Current.CancellationToken)).ToString());
        Assert.Equal("***", (await new TestCredential().AuthorizeAsync(TestContext.Current.CancellationToken)).ToString());
        Assert.Equal("***", url.ToString());
    }

    private static Call Call() => new("crm.item.add", new JsonObject { ["title"] = Content }, Writes: true);
}
