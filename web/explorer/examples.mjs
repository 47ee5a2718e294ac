// The tabs a first visitor finds. Each name is the operation's. The tests check each against the schema.

const email = 'ada@example.com';
const password = 'plum-harbour-violin-42';

export const examples = [
  {
    name: 'Register',
    query: `# Welcome to Gatehouse. Run this with the button, or
# with Ctrl-Enter: it makes an account and logs it in.
#
# The page takes the tokens out of the answer and sends
# them along from then on. There is nothing to copy.
# Change the example under Variables, below.

mutation Register($input: RegisterInput!) {
  register(input: $input) {
    accessToken
    refreshToken
    expiresIn
    user {
      id
      email
      name
      roles
    }
  }
}
`,
    variables: { input: { email, password, name: 'Ada Lovelace' } },
  },
  {
    name: 'LogIn',
    query: `# Logs in. Administrators do it here, too: the bar
# above shows the roles.
#
# "scopes" in the input limits the session to those.

mutation LogIn($input: LoginInput!) {
  login(input: $input) {
    accessToken
    refreshToken
    expiresIn
    scopes
    user {
      id
      email
      name
      roles
    }
  }
}
`,
    variables: { input: { email, password } },
  },
  {
    name: 'Me',
    query: `# Whoever is signed in, from the database.

query Me {
  me {
    id
    email
    name
    roles
  }
}
`,
  },
  {
    name: 'Viewer',
    query: `# What the access token says, and what it allows. No
# database is asked.

query Viewer {
  viewer {
    id
    roles
    scopes
    sessionId
    expiresAt
  }
}
`,
  },
  {
    name: 'Users',
    query: `# The accounts, a page at a time. This needs the scope
# read:users, which administrators have. Anybody else
# is answered FORBIDDEN, and what is missing.
#
# Next page: put pageInfo.endCursor into "after".

query Users($first: Int, $after: String) {
  users(first: $first, after: $after) {
    totalCount
    nodes {
      id
      email
      roles
      disabled
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
    variables: { first: 20, after: null },
  },
  {
    name: 'ChangeName',
    query: `# Changes your own name. $myId is your id: the page
# fills it in.
#
# With the scope write:users you may change others: give
# their id as "myId".

mutation ChangeName($myId: ID!, $name: String) {
  updateUser(id: $myId, input: { name: $name }) {
    id
    name
    updatedAt
  }
}
`,
    variables: { name: 'Augusta Ada King' },
  },
  {
    name: 'ChangePassword',
    query: `# Sets a new password. This session goes on with new
# tokens; all others end.

mutation ChangePassword($input: ChangePasswordInput!) {
  changePassword(input: $input) {
    accessToken
    refreshToken
    expiresIn
    user {
      id
      updatedAt
    }
  }
}
`,
    variables: { input: { currentPassword: password, newPassword: 'quiet-lantern-meadow-17' } },
  },
  {
    name: 'Refresh',
    query: `# Exchanges the refresh token for the next pair. The
# page does it by itself when the access token has
# expired, and when you press Refresh in the bar.
#
# $refreshToken is the one the page holds, unless you
# give another.

mutation Refresh($refreshToken: String) {
  refresh(refreshToken: $refreshToken) {
    accessToken
    refreshToken
    expiresIn
    user {
      id
      email
      roles
    }
  }
}
`,
  },
  {
    name: 'LogOut',
    query: `# Ends the session: its tokens work no more.

mutation LogOut($refreshToken: String) {
  logout(refreshToken: $refreshToken)
}
`,
  },
];
