using B24RobotApp.Transfers.Queue;
using CsCheck;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

public sealed class RetryScheduleTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 10)]
    [InlineData(3, 20)]
    [InlineData(9, 1280)]
    [InlineData(10, 1800)]
    [InlineData(int.MaxValue, 1800)]
    [InlineData(0, 5)]
    public void Pauses_double_up_to_half_an_hour(int attempt, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetrySchedule.PauseAfter(attempt, 0.5));

    [Fact]
    public void Jitter_spreads_over_a_fifth_to_either_side() => Gen.Select(Gen.Int[1, 1000], Gen.Double[0, 1]).Sample((attempt, random) =>
    {
        var middle = RetrySchedule.PauseAfter(attempt, 0.5);
        Assert.InRange(RetrySchedule.PauseAfter(attempt, random), middle * 0.79, middle * 1.21);
    });

    [Theory]
    [InlineData(-60, 2)]
    [InlineData(0, 2)]
    [InlineData(20, 10)]
    [InlineData(86_400, 1800)]
    public void A_report_is_repeated_soon_at_first_and_seldom_later(int since, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetrySchedule.ReportPauseAfter(TimeSpan.FromSeconds(since), 0.5));

    [Fact]
    public void A_day_of_reporting_takes_few_attempts()
    {
        var since = TimeSpan.Zero;
        var attempts = 0;
        while (since < TimeSpan.FromDays(1))
        {
            since += RetrySchedule.ReportPauseAfter(since, 0.5);
            attempts++;
        }

        Assert.InRange(attempts, 40, 80);
    }
}
