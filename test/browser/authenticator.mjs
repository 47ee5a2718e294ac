// A device with passkeys: the virtual authenticator of Chromium (chromedevtools.github.io/devtools-protocol,
// WebAuthn).

const OPTIONS = {
  protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
  automaticPresenceSimulation: true,
};

// addAuthenticator gives the tab a device. It answers at once unless it is told not to.
export async function addAuthenticator(tab) {
  const devtools = await tab.context().newCDPSession(tab);
  await devtools.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', { options: OPTIONS });
  const send = (method, parameters = {}) => devtools.send(`WebAuthn.${method}`, { authenticatorId, ...parameters });
  return {
    passkeys: async () => (await send('getCredentials')).credentials,
    add: (credential) => send('addCredential', { credential }),
    // answer is whether the person touches the device when it asks.
    answer: (enabled) => send('setAutomaticPresenceSimulation', { enabled }),
    // refuse lets the person fail to show who they are.
    refuse: (refused) => send('setUserVerified', { isUserVerified: !refused }),
  };
}
