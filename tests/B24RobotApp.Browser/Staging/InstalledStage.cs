namespace B24RobotApp.Browser.Staging;

/// <summary>The app is installed on the source portal; no robot stands anywhere.</summary>
public class InstalledStage : BrowserStage
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Stage.InstallAsync(CancellationToken.None);
    }
}
