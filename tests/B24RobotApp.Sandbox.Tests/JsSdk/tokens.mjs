// Tokens that ran out, and how the SDK gets new ones from the authorization server by itself.
import { call, failure, oauth, result, settings, tell } from './sdk.mjs'

const client = oauth()
const refreshed = []
client.setCallbackRefreshAuth(async ({ authData, b24OAuthParams }) => {
  refreshed.push({
    isNew: authData.access_token !== settings.tokens.accessToken && b24OAuthParams.refreshToken !== settings.tokens.refreshToken,
    memberId: authData.member_id, expiresIn: b24OAuthParams.expiresIn, scope: b24OAuthParams.scope, status: b24OAuthParams.status,
    clientEndpoint: b24OAuthParams.clientEndpoint, serverEndpoint: b24OAuthParams.serverEndpoint,
  })
})

// Several at once: the portal says expired_token to each, and one refresh serves all.
const answers = await Promise.all([1, 2, 3, 4].map(() => result(client, 'profile')))
tell('profiles', answers.map(profile => profile.ID))
tell('refreshed', refreshed)

await result(client, 'profile')
tell('refreshed once', refreshed.length)

// The old pair was replaced; who still holds it is turned away.
tell('old pair', await failure(() => call(oauth(), 'profile')))
settings.tokens.refreshToken = 'garbage'
tell('garbage', await failure(() => call(oauth(), 'profile')))
settings.secret.clientSecret = 'wrong'
tell('wrong secret', await failure(() => call(oauth(), 'profile')))
