using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Testing;
using Microsoft.Extensions.Time.Testing;

namespace B24RobotApp.Bitrix24.Tests.Limits;

public sealed class OperatingBudgetTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.Zero));
    private readonly OperatingBudget _budget;

    public OperatingBudgetTests() => _budget = new OperatingBudget(_clock);

    [Fact]
    public void A_method_pauses_until_the_portal_gives_its_time_back()
    {
        var resetAt = _clock.GetUtcNow().AddMinutes(4);
        _budget.Observe("crm.item.add", 479.5, resetAt);

        Assert.Equal(resetAt, _budget.Pause("crm.item.add"));

        Assert.Equal(resetAt, _budget.PausedUntil("crm.item.add"));
        Assert.Null(_budget.PausedUntil("crm.item.update"));
        Assert.Equal(479.5, _budget.SecondsUsed("crm.item.add"));
        _clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Null(_budget.PausedUntil("crm.item.add"));
    }

    [Fact]
    public void It_tells_what_rests_and_what_is_used_most_and_forgets_what_the_portal_has_given_back_since()
    {
        _budget.Observe("crm.item.get", 3, null);
        _budget.Observe("crm.item.update", 20, null);
        _budget.Pause("crm.item.add");
        Assert.Equal(["crm.item.add", "crm.item.update", "crm.item.get"], _budget.Look().Select(use => use.Method));
        Assert.Equal(_clock.GetUtcNow().AddMinutes(1), _budget.Look()[0].PausedUntil);

        _clock.Advance(TimeSpan.FromMinutes(9));
        _budget.Observe("crm.item.get", 4, null);
        _clock.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal([new MethodUse("crm.item.get", 4, null)], _budget.Look());
    }

    [Fact]
    public void A_method_pauses_a_minute_where_nothing_is_known()
    {
        Assert.Equal(_clock.GetUtcNow().AddMinutes(1), _budget.Pause("crm.item.add"));
        Assert.Equal(0, _budget.SecondsUsed("crm.item.add"));
    }

    [Fact]
    public void A_reset_that_has_passed_without_help_is_followed_by_a_minute_more()
    {
        _budget.Observe("m", 480, _clock.GetUtcNow().AddSeconds(10));
        _budget.Pause("m");
        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(_clock.GetUtcNow().AddMinutes(1), _budget.Pause("m"));
    }

    [Fact]
    public void A_portal_whose_clock_is_wrong_cannot_pause_a_method_for_longer_than_the_ten_minutes_that_are_counted()
    {
        _budget.Observe("m", 480, _clock.GetUtcNow().AddHours(3));

        Assert.Equal(_clock.GetUtcNow().AddMinutes(10), _budget.Pause("m"));
    }

    [Fact]
    public void A_clock_that_is_put_back_does_not_prolong_a_pause()
    {
        var clock = new AdjustableClock(_clock) { Offset = TimeSpan.FromHours(2) };
        var budget = new OperatingBudget(clock);
        budget.Pause("m");

        clock.Offset = TimeSpan.Zero;

        Assert.Equal(_clock.GetUtcNow().AddMinutes(1), budget.PausedUntil("m"));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(budget.PausedUntil("m"));
    }

    [Fact]
    public void Calls_that_were_refused_together_do_not_prolong_the_pause()
    {
        var until = _budget.Pause("m");
        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(until, _budget.Pause("m"));
    }

    [Fact]
    public void An_answer_that_was_under_way_when_the_pause_began_does_not_end_it()
    {
        var until = _budget.Pause("m");

        _budget.Observe("m", 300, null);

        Assert.Equal(until, _budget.PausedUntil("m"));
    }

    [Fact]
    public void A_pause_is_not_lost_among_answers_that_come_at_the_same_time()
    {
        for (var i = 0; i < 2_000; i++)
        {
            var budget = new OperatingBudget(_clock);
            budget.Observe("m", 1, null);

            Parallel.Invoke(() => budget.Observe("m", 2, null), () => budget.Pause("m"), () => budget.Observe("m", 3, null));

            Assert.NotNull(budget.PausedUntil("m"));
        }
    }
}
