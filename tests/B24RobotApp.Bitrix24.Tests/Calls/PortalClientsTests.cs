using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Limits;
using B24RobotApp.Bitrix24.OAuth;
using B24RobotApp.Bitrix24.Values;
using static B24RobotApp.Bitrix24.Tests.Calls.ClientFixture;

namespace B24RobotApp.Bitrix24.Tests.Calls;

public sealed class PortalClientsTests
{
    [Fact]
    public void Equal_credentials_have_one_client_so_that_their_calls_can_share_batches()
    {
        using var fixture = new ClientFixture();

        Assert.Same(fixture.Client, fixture.Clients.For(new TestCredential()));
        Assert.NotSame(fixture.Client, fixture.Clients.For(new TestCredential(key: "8")));
        Assert.Same(fixture.Clients.For(Webhook("a")), fixture.Clients.For(Webhook("a")));
        Assert.NotSame(fixture.Clients.For(Webhook("a")), fixture.Clients.For(Webhook("b")));
    }

    [Fact]
    public async Task All_credentials_of_one_portal_share_its_bucket_and_other_portals_do_not()
    {
        using var fixture = new ClientFixture(new PortalLimits { RequestsPerSecond = 0.001, Burst = 1 }) { Portal = { AnswerWith = exchange => exchange.Success() } };
        await fixture.CallAsync("takes the only permit");

        var sameHost = fixture.Clients.For(new TestCredential("https://ACME.bitrix24.test/", "another user")).CallAsync(Read("a"), TestContext.Current.CancellationToken);
        await fixture.Clients.For(new TestCredential("https://other.bitrix24.test/", "other portal")).CallAsync(Read("b"), TestContext.Current.CancellationToken);

        Assert.False(sameHost.IsCompleted);
        Assert.Equal(2, fixture.Portal.Received);
    }

    [Fact]
    public void A_user_of_a_portal_that_was_installed_again_under_another_address_is_not_called_at_the_old_one()
    {
        using var fixture = new ClientFixture();

        Assert.Equal(new Uri("https://old.bitrix24.test/"), fixture.Clients.For(User("https://old.bitrix24.test/")).Portal);
        Assert.Equal(new Uri("https://new.bitrix24.test/"), fixture.Clients.For(User("https://new.bitrix24.test/")).Portal);

        // Nothing is sent, so neither the store nor the refresher is ever asked.
        static UserCredential User(string portal) => new(
            new TokenOwner(MemberId.Parse("0123456789abcdef0123456789abcdef"), 7), new Uri(portal), null!, null!, (_, _) => ValueTask.FromResult(false), TimeProvider.System);
    }

    [Fact]
    public void A_webhooks_key_does_not_tell_its_secret() =>
        Assert.DoesNotContain("abcdef", Webhook("abcdef").Key, StringComparison.Ordinal);

    private static WebhookCredential Webhook(string secret) =>
        WebhookUrl.TryParse($"https://esb.bitrix24.test/rest/1/{secret}/", allowHttp: false, out var url, out var problem)
            ? new WebhookCredential(url)
            : throw new InvalidOperationException(problem);
}
