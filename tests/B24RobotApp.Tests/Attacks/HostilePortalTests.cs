using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using B24RobotApp.Tests.Api;

namespace B24RobotApp.Tests.Attacks;

/// <summary>A portal that answers with anything but what was asked for: the page hears of it, and nothing breaks.</summary>
public sealed class HostilePortalTests : ApiTestBase
{
    public static TheoryData<string> Answers =>
    [
        "\"x\"", "5", "1e300", "-9223372036854775808", "true", "[]", "{}", "[[[[]]]]", "[null,5,\"x\",[],{}]", """{"item":5}""", """{"item":{"id":"x","title":{},"stageId":[],"assignedById":1e300}}""",
        """{"items":"x"}""", """{"items":[null,5,"x",[],{"id":{}},{"id":-1},{"id":99999999999999999999}]}""", """{"fields":[null,5],"categories":[null,{"id":"x","name":5}]}""",
        """{"fields":{"title":null,"x":5,"y":{"type":5,"items":"x"},"z":{"type":"enumeration","items":[null,{"ID":{},"VALUE":[]}]}}}""", """{"ID":{},"ADMIN":[]}""", """{"ID":"1e9","ADMIN":"maybe"}""",
        "\"\\u0000\\u001b[2J\"", """{"items":[{"id":1,"title":"\u0000","createdTime":"yesterday","opportunity":"NaN"}],"total":"many"}""",
    ];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Whatever_a_portal_answers_is_no_crash(string answer)
    {
        await using var app = await StartAsync();
        await SignInAsync(app);
        Bitrix24.Answers = (_, _) => JsonNode.Parse(answer);

        foreach (var operation in ApiOperations.Read(await JsonAsync(app, "/api/openapi.json")))
        {
            using var request = new HttpRequestMessage(operation.Method, ApiOperations.Fill(operation.Path, name => name == "id" ? "1" : "esb") + "?from=1");
            request.Content = operation.Changes ? new StringContent("""{"connection":"esb","dealId":1,"filter":{"stages":["NEW"]},"keys":["deal-1"]}""", Encoding.UTF8, "application/json") : null;
            using var said = await app.Http.SendAsync(request, Cancel);

            Assert.True((int)said.StatusCode < 500 || said.StatusCode == HttpStatusCode.BadGateway, $"{operation}: {said.StatusCode}");
        }

        Assert.DoesNotContain(" ERR ", app.Log, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Nobody_becomes_an_administrator_by_a_strange_answer(string answer)
    {
        await using var app = await StartAsync();
        Bitrix24.Answers = (method, _) => method == "profile" ? JsonNode.Parse(answer) : null;

        using var session = await BeginAsync(app, Infrastructure.Bitrix24Stub.Member, Bitrix24.Issue(7, isAdministrator: false).Access);

        Assert.True(session.StatusCode == HttpStatusCode.Unauthorized || !(await session.Content.ReadAsStringAsync(Cancel)).Contains("\"isAdministrator\":true", StringComparison.Ordinal), session.StatusCode.ToString());
        Assert.True((int)session.StatusCode < 500, session.StatusCode.ToString());
    }
}
