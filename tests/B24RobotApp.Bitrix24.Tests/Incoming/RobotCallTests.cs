using B24RobotApp.Bitrix24.Incoming;

namespace B24RobotApp.Bitrix24.Tests.Incoming;

public sealed class RobotCallTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_760_000_003);

    [Fact]
    public void A_call_as_a_cloud_portal_sends_it_is_read_in_full()
    {
        var call = Read(Payload.Form("robot-call"));

        Assert.Equal("send_to_esb", call.Code);
        Assert.Equal(
            "664fa13bbbb410.99176768|A33643_88742_66493_29467|9YmtxaRw4fWVUMWCUUkCWERPmiXX3RcR.0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            call.EventToken);
        Assert.Equal("664fa13bbbb410.99176768", call.WorkflowId);
        Assert.Equal(["crm", "CCrmDocumentDeal", "DEAL"], call.DocumentType);
        Assert.Equal((2, 15L), (call.EntityTypeId, call.ItemId));
        Assert.True(call.Waits);
        Assert.Equal(TimeSpan.FromMinutes(11), call.Timeout);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_760_000_000), call.CalledAt);
    }

    [Fact]
    public void Properties_are_texts_whatever_the_case_of_their_names()
    {
        var properties = Read(Payload.Form("robot-call")).Properties;

        Assert.Equal(["update"], properties["mode"]);
        Assert.Equal(["Станок «Прибой» & запчасти 100%"], properties["DEAL_TITLE"]);
        Assert.Equal([""], properties["send_client"]);
        Assert.Equal(["UF_CRM_REGION=Юг", "SOURCE_ID=WEB"], properties["fields"]);
        Assert.Equal(["user_12", "user_7"], properties["notify"]);
        Assert.False(properties.ContainsKey("comment"));
    }

    [Fact]
    public void Two_properties_that_differ_only_in_case_are_one_and_the_last_wins()
    {
        var call = Read(Payload.Form("robot-call", ("properties[mode]", "skip")));

        Assert.Equal(["skip"], call.Properties["Mode"]);
    }

    [Fact]
    public void Who_calls_is_read_with_tokens_user_scopes_and_servers()
    {
        var auth = Read(Payload.Form("robot-call")).Auth;

        Assert.Equal("a223c6b3710f85df22e9377d6c4f7553", auth.MemberId.Value);
        Assert.Equal("applicationToken1", auth.ApplicationToken.Reveal());
        Assert.Equal("accessToken1", auth.Tokens!.Access.Reveal());
        Assert.Equal("refreshToken1", auth.Tokens.Refresh!.Reveal());
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_760_003_600), auth.Tokens.ExpiresAt);
        Assert.Equal(16, auth.UserId);
        Assert.Equal(["crm", "bizproc", "placement"], auth.Scopes);
        Assert.Equal("acme.bitrix24.ru", auth.Domain);
        Assert.Equal("https://oauth.bitrix.info/rest/", auth.ServerEndpoint);
        Assert.Equal("https://acme.bitrix24.ru/rest/", auth.ClientEndpoint);
        Assert.Equal("L", auth.Status);
    }

    // Trap 23.
    [Fact]
    public void A_call_in_nobodys_name_has_no_tokens_and_is_still_a_call()
    {
        var call = Read(Payload.Form("robot-call-without-tokens"));

        Assert.Null(call.Auth.Tokens);
        Assert.Null(call.Auth.UserId);
        Assert.Empty(call.Auth.Scopes);
        Assert.Empty(call.Properties);
        Assert.False(call.Waits);
        Assert.Null(call.Timeout);
    }

    // Trap 44.
    [Fact]
    public void A_smart_process_is_named_by_its_type_and_scopes_may_be_separated_by_spaces()
    {
        var call = Read(Payload.Form("robot-call-smart-process"));

        Assert.Equal((147, 1L), (call.EntityTypeId, call.ItemId));
        Assert.Equal(["crm", "bizproc"], call.Auth.Scopes);
        Assert.Equal(["UF_X=1"], call.Properties["fields"]);
        Assert.Null(call.Auth.Tokens!.Refresh);
        Assert.Equal(Now.AddHours(1), call.Auth.Tokens.ExpiresAt);
    }

    [Theory]
    [InlineData("CCrmDocumentDeal", "DEAL_15", 2, 15)]
    [InlineData("CCrmDocumentLead", "LEAD_7", 1, 7)]
    [InlineData("CCrmDocumentContact", "CONTACT_3", 3, 3)]
    [InlineData("CCrmDocumentCompany", "COMPANY_4", 4, 4)]
    [InlineData(@"Bitrix\Crm\Integration\BizProc\Document\Quote", "QUOTE_9", 7, 9)]
    [InlineData(@"Bitrix\Crm\Integration\BizProc\Document\SmartInvoice", "SMART_INVOICE_2", 31, 2)]
    [InlineData(@"Bitrix\Crm\Integration\BizProc\Document\Dynamic", "DYNAMIC_1046_8", 1046, 8)]
    public void Kinds_of_documents_are_known(string type, string id, int entityTypeId, long itemId)
    {
        var form = Payload.Form("robot-call", ("document_id[1]", type), ("document_id[2]", id), ("document_type[0]", null), ("document_type[1]", null), ("document_type[2]", null));

        var call = Read(form);

        Assert.Equal((entityTypeId, itemId), (call.EntityTypeId, call.ItemId));
        Assert.Equal(["crm", type, id[..id.LastIndexOf('_')]], call.DocumentType);
    }

    [Theory]
    [InlineData("auth[member_id]", null, "auth[member_id] is missing.")]
    [InlineData("auth[member_id]", "../../etc/passwd", "auth[member_id] is not a portal's member id, which has 32 hexadecimal digits.")]
    [InlineData("auth[application_token]", null, "auth[application_token] is missing.")]
    [InlineData("auth[application_token]", "", "auth[application_token] is missing.")]
    [InlineData("event_token", null, "event_token is missing.")]
    [InlineData("event_token", "", "event_token is missing.")]
    [InlineData("code", null, "code is missing.")]
    [InlineData("code", "../x", "code is not a robot's code, which has at most 128 letters, digits, dots, dashes and underscores.")]
    [InlineData("document_id[0]", null, "document_id[0] is not crm: the robot works on CRM entities only.")]
    [InlineData("document_id[0]", "lists", "document_id[0] is not crm: the robot works on CRM entities only.")]
    [InlineData("document_id[1]", null, "document_id[1] is missing.")]
    [InlineData("document_id[1]", "CCrmDocumentLead", "document_type[1] is not the same as document_id[1].")]
    [InlineData("document_id[2]", null, "document_id[2] is missing.")]
    [InlineData("document_id[2]", "LEAD_15", "document_type[2] is not the kind that document_id[2] names.")]
    [InlineData("document_id[2]", "DEAL", "document_id[2] does not name a CRM entity, such as DEAL_15.")]
    [InlineData("document_id[2]", "DEAL_", "document_id[2] does not name a CRM entity, such as DEAL_15.")]
    [InlineData("document_id[2]", "DEAL_0", "document_id[2] does not name a CRM entity, such as DEAL_15.")]
    [InlineData("document_id[2]", "DEAL_-1", "document_id[2] does not name a CRM entity, such as DEAL_15.")]
    [InlineData("document_id[2]", "DEAL_99999999999999999999", "document_id[2] does not name a CRM entity, such as DEAL_15.")]
    [InlineData("document_id[2]", "DEAL_1 5", "document_id[2] does not name a CRM entity, such as DEAL_15.")]
    [InlineData("document_type[0]", "lists", "document_type[0] is not crm: the robot works on CRM entities only.")]
    [InlineData("timeout_duration", "soon", "timeout_duration is not a number of seconds from 0 to 158112000.")]
    [InlineData("timeout_duration", "-5", "timeout_duration is not a number of seconds from 0 to 158112000.")]
    [InlineData("timeout_duration", "158112001", "timeout_duration is not a number of seconds from 0 to 158112000.")]
    [InlineData("ts", "0", "ts is not a time in Unix seconds.")]
    [InlineData("ts", "yesterday", "ts is not a time in Unix seconds.")]
    [InlineData("ts", "999999999999999999", "ts is not a time in Unix seconds.")]
    public void What_is_missing_or_absurd_is_named_by_its_key(string key, string? value, string expected)
    {
        var form = Payload.Form("robot-call", (key, value));

        Assert.False(RobotCall.TryParse(form, Now, out var call, out var problem));
        Assert.Null(call);
        Assert.Equal(expected, problem);
    }

    [Theory]
    [InlineData("event_token")]
    [InlineData("auth[access_token]")]
    [InlineData("auth[refresh_token]")]
    [InlineData("auth[application_token]")]
    [InlineData("workflow_id")]
    public void Overlong_values_are_refused_and_not_repeated(string key)
    {
        var form = Payload.Form("robot-call", (key, new string('s', 3000)));

        Assert.False(RobotCall.TryParse(form, Now, out _, out var problem));
        Assert.StartsWith(key + " is longer than ", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("sss", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DYNAMIC_147")]
    [InlineData("DYNAMIC__1")]
    [InlineData("DYNAMIC_99999999999_1")]
    [InlineData("INVOICE_5")]
    [InlineData("deal_15")]
    public void Unknown_kinds_of_documents_are_refused(string id)
    {
        var form = Payload.Form("robot-call", ("document_id[2]", id), ("document_type[0]", null), ("document_type[1]", null), ("document_type[2]", null));

        Assert.False(RobotCall.TryParse(form, Now, out _, out var problem));
        Assert.Equal("document_id[2] does not name a CRM entity, such as DEAL_15.", problem);
    }

    [Fact]
    public void The_class_of_a_document_must_fit_its_kind()
    {
        var form = Payload.Form("robot-call", ("document_id[1]", "CCrmDocumentLead"), ("document_type[0]", null), ("document_type[1]", null), ("document_type[2]", null));

        Assert.False(RobotCall.TryParse(form, Now, out _, out var problem));
        Assert.Equal("document_id[1] is not CCrmDocumentDeal, as document_id[2] says.", problem);
    }

    [Fact]
    public void Without_a_document_there_is_nothing_to_do()
    {
        var form = Payload.Form("robot-call", ("document_id[0]", null), ("document_id[1]", null), ("document_id[2]", null));

        Assert.False(RobotCall.TryParse(form, Now, out _, out var problem));
        Assert.Equal("document_id is missing.", problem);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1760100000")]
    [InlineData("1000000000")]
    public void A_missing_or_impossible_time_stamp_is_the_time_of_arrival(string? stamp)
    {
        var call = Read(Payload.Form("robot-call", ("ts", stamp)));

        Assert.Equal(Now, call.CalledAt);
    }

    [Theory]
    [InlineData("Y", true)]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("N", false)]
    [InlineData("n", false)]
    [InlineData("0", false)]
    public void A_workflow_waits_unless_the_portal_says_no(string? value, bool waits) =>
        Assert.Equal(waits, Read(Payload.Form("robot-call", ("use_subscription", value))).Waits);

    [Theory]
    [InlineData("abc", 3600)]
    [InlineData("999999999999", 3600)]
    [InlineData("60", 60)]
    public void A_claimed_life_of_a_token_beyond_a_day_is_not_believed(string expiresIn, int seconds)
    {
        var form = Payload.Form("robot-call", ("auth[expires]", "99999999999"), ("auth[expires_in]", expiresIn));

        Assert.Equal(Now.AddSeconds(seconds), Read(form).Auth.Tokens!.ExpiresAt);
    }

    [Fact]
    public void Secrets_of_a_call_are_not_in_its_text()
    {
        var call = Read(Payload.Form("robot-call"));

        var text = call.ToString();

        Assert.DoesNotContain("accessToken1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("refreshToken1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("applicationToken1", text, StringComparison.Ordinal);
    }

    private static RobotCall Read(PhpForm form)
    {
        Assert.True(RobotCall.TryParse(form, Now, out var call, out var problem), problem);
        return call;
    }
}
