using System.Text;
using System.Text.Json.Nodes;
using B24RobotApp.Acceptance.Staging;
using B24RobotApp.Sandbox.Demo;
using B24RobotApp.Sandbox.Faults;
using B24RobotApp.Sandbox.Portals;

namespace B24RobotApp.Acceptance;

/// <summary>Files of single and multiple fields travel along, once, whatever happens on the way.</summary>
public sealed class FileTests(FileTests.Fixture fixture) : StageTests(fixture), IClassFixture<FileTests.Fixture>
{
    private const int MostBytes = 200_000;

    private static JsonObject WithFiles => new() { ["send_files"] = "Y", ["profile"] = "files" };

    public sealed class Fixture : StageFixture
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("b24robot-files-");

        protected override StageOptions Options
        {
            get
            {
                var profile = Path.Combine(_folder.FullName, "files.json");
                File.WriteAllText(profile, """
                    {"schema":1,"name":{"ru":"С файлами"},"rules":[
                      {"to":"title","from":"title"},{"to":"UF_CRM_SIGNED_HERE","from":"UF_CRM_SIGNED"},{"to":"UF_CRM_DOCS_HERE","from":"UF_CRM_DOCS"}]}
                    """);
                var settings = Impatient;
                settings["Esb__Profiles__0"] = profile;
                settings["Transfers__MaxFileBytes"] = $"{MostBytes}";
                
                // The stage deletes it at the end.
                return base.Options with { Settings = settings, DataDirectory = _folder.FullName };
            }
        }

        protected override async Task InstallAsync()
        {
            AddField(Stage.Source, "SIGNED", "N");
            AddField(Stage.Source, "DOCS", "Y");
            AddField(Stage.Esb, "SIGNED_HERE", "N");
            AddField(Stage.Esb, "DOCS_HERE", "Y");
            await base.InstallAsync();
        }

        private static void AddField(SandboxPortal portal, string code, string multiple) => portal.Call(
            "crm.deal.userfield.add",
            new JsonObject { ["fields"] = new JsonObject { ["FIELD_NAME"] = code, ["USER_TYPE_ID"] = "file", ["MULTIPLE"] = multiple, ["LABEL"] = $"Поле {code}" } });
    }

    [Fact]
    public async Task Files_arrive_and_those_that_cannot_are_named()
    {
        var deal = Source.AddDeal("С файлами");
        Attach(deal, "UF_CRM_SIGNED", "Договор № 1 «Поставка».pdf", "подписан");
        Attach(deal, "UF_CRM_DOCS", "Смета.xlsx", new string('я', 50_000));
        Attach(deal, "UF_CRM_DOCS", "Пустой.txt", "");
        Attach(deal, "UF_CRM_DOCS", "Видео.mp4", new string('x', MostBytes + 1));
        Attach(deal, "UF_CRM_DOCS", "photo.jpg", new string('x', MostBytes));

        var result = await Stage.SendToEndAsync(deal, WithFiles);

        Assert.Equal(("created", "FILES_SKIPPED", "3", "Y"), (result.Status, result.ErrorCode, result.Values["files_sent"]?.ToString(), result.Values["success"]?.ToString()));
        Assert.Equal(["Договор № 1 «Поставка».pdf 8"], Held(result.EsbDealId, "UF_CRM_SIGNED_HERE"));
        Assert.Equal(["Смета.xlsx 50000", $"photo.jpg {MostBytes}"], Held(result.EsbDealId, "UF_CRM_DOCS_HERE"));
        Assert.Contains("«Пустой.txt» поля «Поле DOCS» пуст", result.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("«Видео.mp4» поля «Поле DOCS» больше", result.ErrorMessage, StringComparison.Ordinal);
        await Source.WhenIdleAsync();
        Assert.Contains("«Видео.mp4»", Assert.Single(Source.AppComments(deal)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_send_sends_nothing_and_a_third_only_what_is_new_beside_what_the_ESB_has()
    {
        var deal = Source.AddDeal("Трижды");
        Attach(deal, "UF_CRM_DOCS", "первый.txt", "1");
        var first = await Stage.SendToEndAsync(deal, WithFiles);
        Esb.Run(() => Esb.Crm.AttachFile(first.EsbDealId, "UF_CRM_DOCS_HERE", "свой.txt", [1]));
        Esb.Journal.Clear();

        var second = await Stage.SendToEndAsync(deal, WithFiles);

        Assert.Equal(("updated", "0"), (second.Status, second.Values["files_sent"]?.ToString()));
        Assert.Empty(Esb.Journal.Calls("crm.item.update"));

        Attach(deal, "UF_CRM_DOCS", "второй.txt", "22");
        var third = await Stage.SendToEndAsync(deal, WithFiles);

        Assert.Equal(("updated", "1"), (third.Status, third.Values["files_sent"]?.ToString()));
        Assert.Equal(["первый.txt 1", "свой.txt 1", "второй.txt 2"], Held(first.EsbDealId, "UF_CRM_DOCS_HERE"));
    }

    [Fact]
    public async Task A_link_whose_token_has_expired_is_read_again()
    {
        var deal = Source.AddDeal("Ссылка устарела");
        Attach(deal, "UF_CRM_SIGNED", "a.txt", "a");
        Source.Faults.Add(new FaultRule(FaultKind.ExpiredToken, "crm.controller.item.getfile", count: 1));

        var result = await Stage.SendToEndAsync(deal, WithFiles);

        Assert.Equal(("created", "", "1"), (result.Status, result.ErrorCode, result.Values["files_sent"]?.ToString()));
    }

    [Fact]
    public async Task Killed_between_two_files_the_first_is_not_sent_again()
    {
        var deal = Source.AddDeal("Убит между файлами", rows: Crm.Rows);
        Attach(deal, "UF_CRM_DOCS", "первый.txt", "1");
        Attach(deal, "UF_CRM_DOCS", "второй.txt", "22");
        Stage.PlaceRobots(WithFiles);
        var first = Source.Faults.Add(new FaultRule(FaultKind.Held, "crm.controller.item.getfile", count: 1));
        var workflow = Stage.Send(deal);
        await StageExtensions.UntilAsync(() => first.Struck > 0, "the first file is asked for");
        var second = Source.Faults.Add(new FaultRule(FaultKind.Hang, "crm.controller.item.getfile", count: 1));
        first.Release();
        await StageExtensions.UntilAsync(() => second.Struck > 0, "the second file is asked for");

        await KillAndStartAsync();
        var result = await workflow.ResultAsync();

        Assert.Equal(("created", "", "2"), (result.Status, result.ErrorCode, result.Values["files_sent"]?.ToString()));
        Assert.Equal(result.EsbDealId, Stage.OneEsbDealOf(deal)["id"]!.GetValue<long>());
        Assert.Equal(["первый.txt 1", "второй.txt 2"], Held(result.EsbDealId, "UF_CRM_DOCS_HERE"));
        Assert.Equal(2, Esb.Journal.Calls("crm.item.update").Count);
    }

    [Fact]
    public async Task Killed_before_the_answer_to_an_upload_the_file_is_found_and_not_sent_again()
    {
        var deal = Source.AddDeal("Убит после отправки файла");
        Attach(deal, "UF_CRM_DOCS", "первый.txt", "1");
        Stage.PlaceRobots(WithFiles);
        var rule = Esb.Faults.Add(new FaultRule(FaultKind.Hang, "crm.item.update", count: 1));
        var workflow = Stage.Send(deal);
        await StageExtensions.UntilAsync(() => rule.Struck > 0, "the file was sent");

        await KillAndStartAsync();
        var result = await workflow.ResultAsync();

        Assert.Equal(("created", "1"), (result.Status, result.Values["files_sent"]?.ToString()));
        Assert.Equal(["первый.txt 1"], Held(result.EsbDealId, "UF_CRM_DOCS_HERE"));
        Assert.Single(Esb.Journal.Calls("crm.item.update"));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(Stage.DataDirectory, "files")));
    }

    private void Attach(long deal, string field, string name, string content) =>
        Source.Run(() => Source.Crm.AttachFile(deal, field, name, Encoding.UTF8.GetBytes(content)));

    /// <summary>What a field of the ESB holds: names, and how many letters.</summary>
    private List<string> Held(long deal, string field) =>
        [.. Esb.Run(() => Esb.Crm.Files(deal, field)).Select(file => $"{file.Name} {Encoding.UTF8.GetString(file.Content.Span).Length}")];
}
