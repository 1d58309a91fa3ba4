using B24RobotApp.Testing;
using B24RobotApp.Transfers.Queue;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace B24RobotApp.Transfers.Tests.Queue;

public sealed class CircuitTests
{
    private readonly FakeTimeProvider _clock = new(Given.Now);
    private readonly Circuit _circuit;

    public CircuitTests() => _circuit = new Circuit(_clock);

    [Fact]
    public void One_transfer_that_fails_again_and_again_is_not_the_portals_fault()
    {
        var transfer = TransferId.New(Given.Now);
        for (var i = 0; i < 20; i++)
        {
            Assert.Null(_circuit.Failed(transfer, "HTTP_502", ""));
        }

        Assert.Equal(int.MaxValue, _circuit.Places);
    }

    [Fact]
    public void Failures_with_a_success_between_them_are_not_an_outage()
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.Null(Fail());
            Assert.Null(Fail());
            Assert.Null(_circuit.Succeeded());
        }

        Assert.Null(_circuit.Outage);
    }

    [Fact]
    public void Several_transfers_that_fail_in_a_row_are_an_outage_which_began_with_the_first()
    {
        Fail();
        _clock.Advance(TimeSpan.FromSeconds(3));
        Fail();
        Fail();

        var outage = Fail();

        Assert.Equal((Given.Now, "HTTP_502", "Bad gateway"), (outage!.Since, outage.Code, outage.Description));
        Assert.Equal(0, _circuit.Places);
        Assert.Equal(_clock.GetUtcNow().AddSeconds(15), _circuit.ProbeAt);
    }

    [Fact]
    public void Of_the_others_one_tries_now_and_then_up_to_five_minutes_apart()
    {
        BreakDown();
        var pauses = new List<double>();
        for (var i = 0; i < 7; i++)
        {
            pauses.Add((_circuit.ProbeAt!.Value - _clock.GetUtcNow()).TotalSeconds);
            _clock.SetUtcNow(_circuit.ProbeAt.Value);
            Assert.Equal(1, _circuit.Places);
            Fail();
            Assert.Equal(0, _circuit.Places);
        }

        Assert.Equal([15, 30, 60, 120, 240, 300, 300], pauses);
    }

    [Fact]
    public void What_was_under_way_when_the_outage_began_does_not_make_the_pause_longer()
    {
        BreakDown();
        var probeAt = _circuit.ProbeAt;

        for (var i = 0; i < 100; i++)
        {
            Fail();
        }

        Assert.Equal(probeAt, _circuit.ProbeAt);
    }

    [Fact]
    public void When_one_comes_through_the_others_follow_a_few_at_first_and_then_all()
    {
        BreakDown();
        _clock.SetUtcNow(_circuit.ProbeAt!.Value);

        Assert.NotNull(_circuit.Succeeded());

        var rounds = new List<int>();
        while (_circuit.Places != int.MaxValue)
        {
            var places = _circuit.Places;
            rounds.Add(places);
            for (var i = 0; i < places; i++)
            {
                _circuit.Succeeded();
            }
        }

        Assert.Equal([2, 4, 8, 16, 32, 64], rounds);
    }

    [Fact]
    public void A_portal_that_fails_again_while_it_comes_back_is_left_alone_for_longer()
    {
        BreakDown();
        _clock.SetUtcNow(_circuit.ProbeAt!.Value);
        _circuit.Succeeded();

        Fail();
        var outage = Fail();

        Assert.NotNull(outage);
        Assert.Equal(TimeSpan.FromSeconds(30), _circuit.ProbeAt - _clock.GetUtcNow());
    }

    private Outage? Fail() => _circuit.Failed(TransferId.New(Given.Now), "HTTP_502", "Bad gateway");

    private void BreakDown()
    {
        for (var i = 0; i < 4; i++)
        {
            Fail();
        }
    }
}
