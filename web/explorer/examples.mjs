// The tabs of a first visit. Each is named after its operation; the tests validate them against the
// schema. The README registers the same user with the same password, so LogIn comes first.

const email = 'ada@example.com';
const password = 'seven quiet herons';

export const examples = [
  {
    name: 'LogIn',
    query: `# Welcome to Gatehouse. To run this operation,
# press the button or Ctrl-Enter.
#
# No account yet? Run the next tab, Register,
# first.
#
# The page takes the tokens from the answer and
# sends them with every later request. You don't
# copy anything.
#
# To log in as someone else, edit the variables
# below. "scopes" in the input limits the session
# to those scopes.

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
    name: 'Register',
    query: `# Creates an account and logs it in. A second
# time, the answer is CONFLICT: the address is
# taken. Log in instead.

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
    name: 'Me',
    query: `# Your account, from the database.

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
    query: `# What your access token says, and what it allows.
# Answered without a database query.

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
    query: `# The accounts, one page at a time. This needs the
# scope read:users, which administrators have.
# Other callers are refused: FORBIDDEN, with the
# missing scope.
#
# For the next page, set "after" to
# pageInfo.endCursor.

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
    query: `# Changes your own name. The page sets $myId to
# your id.
#
# With the scope write:users you can change other
# accounts: set "myId" to their id.

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
    query: `# Sets a new password. This session continues with
# new tokens; all other sessions end. Log in with
# the new password from then on.

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
    query: `# Exchanges the refresh token for new tokens. The
# page does this by itself when the access token
# has expired, and when you press Refresh at the
# top.
#
# The page sets $refreshToken, unless you do.

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
    query: `# Ends the session. Its tokens stop working.

mutation LogOut($refreshToken: String) {
  logout(refreshToken: $refreshToken)
}
`,
  },
];
