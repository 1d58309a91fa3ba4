using B24RobotApp.Acceptance.Staging;

namespace B24RobotApp.Acceptance;

/// <summary>A data directory belongs to one server.</summary>
public sealed class OneServerTests(OneServerTests.Fixture fixture) : StageTests(fixture), IClassFixture<OneServerTests.Fixture>
{
    public sealed class Fixture : StageFixture;

    [Fact]
    public async Task A_second_server_says_so_in_one_line_and_ends_and_the_first_goes_on()
    {
        await using var second = Stage.AnotherApp();

        var code = await second.RunAsync(Cancelled);

        Assert.Equal(1, code);
        await StageExtensions.UntilAsync(() => second.Output.Count > 0, "the line gets here");
        var line = Assert.Single(second.Output);
        Assert.Equal($"The data directory {Stage.DataDirectory} is in use by another process. Only one server can run on it.", line);
        Assert.Equal("created", (await Stage.SendToEndAsync(Source.AddDeal("Первый работает дальше"))).Status);
    }

    [Fact]
    public async Task When_the_first_is_killed_the_directory_is_free_at_once()
    {
        await using var second = Stage.AnotherApp();
        await Stage.App.KillAsync();

        await second.StartAsync(Cancelled);

        await second.KillAsync();
        await Stage.App.StartAsync(Cancelled);
    }
}
