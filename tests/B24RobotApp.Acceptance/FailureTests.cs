using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Hosting;

namespace B24RobotApp.Acceptance;

/// <summary>What cannot be sent is answered at once: the robot gets a code and a sentence that a person can act on, the timeline and the person responsible hear of it.</summary>
public sealed class FailureTests(FailureTests.Fixture fixture) : StageTests(fixture), IClassFixture<FailureTests.Fixture>
{
    public sealed class Fixture : StageFixture
    {
        protected override StageOptions Options => base.Options with { SettingsOf = BadConnections };

        private static Dictionary<string, string> BadConnections(SandboxHost sandbox)
        {
            var esb = sandbox.Portals["esb"];
            var gone = esb.CreateIncomingWebhook(1, "crm", "user_basic");
            esb.DeleteIncomingWebhook(gone);
            return new Dictionary<string, string>
            {
                ["Esb__Connections__1__Code"] = "gone",
                ["Esb__Connections__1__WebhookUrl"] = gone.Url.AbsoluteUri,
                ["Esb__Connections__1__Portals__0"] = "127.0.0.1",
                ["Esb__Connections__2__Code"] = "narrow",
                ["Esb__Connections__2__WebhookUrl"] = esb.CreateIncomingWebhook(1, "user_basic").Url.AbsoluteUri,
                ["Esb__Connections__2__Portals__0"] = "127.0.0.1",
                ["Esb__Connections__3__Code"] = "foreign",
                ["Esb__Connections__3__WebhookUrl"] = esb.CreateIncomingWebhook(1, "crm", "user_basic").Url.AbsoluteUri,
                ["Esb__Connections__3__Portals__0"] = "somebody.else.example",
            };
        }
    }

    /// <summary>The robot's property and its value, the code, and words of the sentence.</summary>
    public static TheoryData<string, string, string, string> Settings => new(
        ("connection", "nowhere", "CONNECTION_UNKNOWN", "Подключение «nowhere» не существует или недоступно этому порталу. Выберите другое"),
        ("connection", "foreign", "CONNECTION_UNKNOWN", "Выберите другое"),
        ("connection", "gone", "INVALID_CREDENTIALS", "Создайте на ЕСБ новый входящий вебхук"),
        ("connection", "narrow", "insufficient_scope", "Проверьте права вебхука"),
        ("mode", "sometimes", "ROBOT_PROPERTY", "Выберите"),
        ("profile", "nothing", "PROFILE_UNKNOWN", "Профиль сопоставления «nothing» не существует. Выберите другой"),
        ("stage", "UC_NOWHERE", "STAGE_UNKNOWN", "На ЕСБ нет стадии «UC_NOWHERE». Выберите другую"),
        ("category", "77", "CATEGORY_UNKNOWN", "На ЕСБ нет воронки «77»"),
        ("responsible", "nobody@esb.example", "USER_UNKNOWN", "Укажите другого ответственного"),
        ("fields", "UF_CRM_NO_SUCH=1", "FIELD_UNKNOWN", "нет поля «UF_CRM_NO_SUCH». Исправьте имя поля"),
        ("fields", "без имени", "ROBOT_PROPERTY", "ПОЛЕ=значение"));

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task A_robot_that_is_set_wrong_is_told_what_to_mend(string property, string value, string code, string words)
    {
        var before = Esb.List(Crm.Deal).Count;
        var deal = Source.AddDeal($"Настройка {property}={value}", rows: Crm.Rows);

        var result = await Stage.SendToEndAsync(deal, new JsonObject { [property] = property == "fields" ? new JsonArray(value) : value });

        await AssertFailedAsync(deal, result, code, words);
        Assert.Equal(before, Esb.List(Crm.Deal).Count);
    }

    [Fact]
    public async Task A_stage_of_another_pipeline_is_refused_before_the_ESB_could_drop_it_silently()
    {
        var deal = Source.AddDeal("Стадия чужой воронки");

        var result = await Stage.SendToEndAsync(deal, new JsonObject { ["category"] = "0", ["stage"] = "C12:UC_CHECK" });

        await AssertFailedAsync(deal, result, "STAGE_UNKNOWN", "Стадия «C12:UC_CHECK» на ЕСБ не относится к воронке «0». Выберите стадию этой воронки");
    }

    [Fact]
    public async Task A_currency_that_the_ESB_does_not_have_is_named()
    {
        var deal = Source.AddDeal("Валюта", new JsonObject { ["currencyId"] = "KZT" });

        var result = await Stage.SendToEndAsync(deal);

        await AssertFailedAsync(deal, result, "CURRENCY_UNKNOWN", "Валюты KZT на ЕСБ нет. Добавьте её");
    }

    [Fact]
    public async Task A_deal_that_came_through_the_app_is_not_sent_on()
    {
        var deal = Source.AddDeal("Пришла с другого портала", new JsonObject { ["originatorId"] = "b24:0123456789abcdef0123456789abcdef", ["originId"] = "15" });

        var result = await Stage.SendToEndAsync(deal);

        await AssertFailedAsync(deal, result, "CAME_FROM_US", "назад она не отправляется. Уберите робота");
    }

    [Fact]
    public async Task A_robot_whose_own_time_is_over_and_that_is_set_not_to_send_then_does_not_send()
    {
        var deal = Source.AddDeal("Опоздала");
        Stage.PlaceRobots(new JsonObject { ["if_late"] = "skip" }, timeout: TimeSpan.FromSeconds(1));
        var held = Source.Faults.Add(new FaultRule(FaultKind.DelayDelivery, "send_to_esb", count: 1) { Delay = TimeSpan.FromSeconds(2) });

        var workflow = Stage.Send(deal);
        await Stage.CompletedAsync(workflow, Cancelled);
        Assert.Equal("1", workflow.Returned.Values.First()["IsTimeout"]?.ToString());
        await StageExtensions.UntilAsync(() => Stage.StateOf(deal) == "failed", "the late transfer is over");

        Assert.Equal(1, held.Struck);
        Assert.Equal("TOO_LATE", Stage.Ask("SELECT error_code FROM transfers WHERE item_id = @Deal", ("@Deal", deal)));
        Assert.Empty(Stage.EsbDealsOf(deal));
    }

    [Fact]
    public async Task A_deal_that_was_deleted_before_it_could_be_read_ends_the_transfer()
    {
        var deal = Source.AddDeal("Удалят сразу");
        var held = Source.Faults.Add(new FaultRule(FaultKind.Held, "crm.item.get", count: 1));
        var workflow = Stage.Send(deal);
        await StageExtensions.UntilAsync(() => held.Struck > 0, "the app is about to read");
        Source.Crm.DeleteDeal(deal);
        held.Release();

        // Its workflow ends with the deal; the answer was sent all the same.
        await Stage.CompletedAsync(workflow, Cancelled);
        var answer = RobotResult.Of(Assert.Single(Source.Journal.Calls("bizproc.event.send"))["RETURN_VALUES"]!.AsObject());
        Assert.Equal(("failed", "DEAL_NOT_FOUND"), (answer.Status, answer.ErrorCode));
        Assert.Contains($"Сделка {deal} удалена", answer.ErrorMessage, StringComparison.Ordinal);
        await StageExtensions.UntilAsync(() => Stage.StateOf(deal) == "failed", "the transfer is over");
        Assert.Empty(Stage.EsbDealsOf(deal));
    }

    [Fact]
    public async Task What_the_ESB_refuses_is_passed_on_in_its_own_words()
    {
        var deal = Source.AddDeal("Отклонят");
        Esb.Faults.Add(new FaultRule(FaultKind.Refuse, "crm.item.add") { Code = "CRM_FIELD_ERROR_REQUIRED", Status = 400 });

        var result = await Stage.SendToEndAsync(deal);

        await AssertFailedAsync(deal, result, "CRM_FIELD_ERROR_REQUIRED", "ЕСБ отклонил запрос crm.item.add: Refused on purpose");
    }

    private async Task AssertFailedAsync(long deal, RobotResult result, string code, string words)
    {
        Assert.Equal(("failed", code, "N"), (result.Status, result.ErrorCode, result.Values["success"]?.ToString()));
        Assert.Contains(words, result.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal($"failed;0;{code}", Source.Get(Crm.Deal, deal)[Stage.ResultField]?.ToString());
        Assert.Empty(Stage.EsbDealsOf(deal));
        await Source.WhenIdleAsync();
        var comment = Assert.Single(Source.AppComments(deal));
        Assert.Contains("Сделка не передана на ЕСБ", comment.Text, StringComparison.Ordinal);
        Assert.Contains(
            Source.Run(() => Source.Crm.Notifications.Where(told => told.UserId == 7).Select(told => told.Text).ToList()),
            text => text.Contains(words, StringComparison.Ordinal));
    }
}
