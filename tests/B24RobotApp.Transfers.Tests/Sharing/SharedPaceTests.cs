using B24RobotApp.Transfers.Sharing;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Sharing;

public sealed class SharedPaceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(12)]
    public void The_parts_of_all_servers_make_one_limit_whoever_runs_a_portals_transfers(int servers)
    {
        Assert.Equal(1, servers * SharedPace.PartOf(servers, isOwn: null), 9);
        Assert.Equal(1, SharedPace.PartOf(servers, isOwn: true) + ((servers - 1) * SharedPace.PartOf(servers, isOwn: false)), 9);
    }

    [Fact]
    public void The_server_that_runs_a_portals_transfers_has_most_of_its_limit_and_no_other_is_without_any()
    {
        Assert.True(SharedPace.PartOf(3, isOwn: true) > 0.5);
        Assert.True(SharedPace.PartOf(100, isOwn: false) > 0);
    }
}
