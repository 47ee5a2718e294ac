// Where the service demands a second factor (SECOND_FACTOR), who has none can do little until there is one.
import { useEffect } from 'preact/hooks';
import type { Methods } from '../../App';
import { SecurityDocument, type PersonFragment, type SecurityQuery } from '../../graphql/graphql';
import { go } from '../../route';
import { session } from '../../session';

// mustEnrol is whether the account lacks the second factor that the service demands of it.
export function mustEnrol({ secondFactor }: Methods, { roles, totp, passkeys }: NonNullable<SecurityQuery['me']>): boolean {
  const demanded = secondFactor === 'REQUIRED' || (secondFactor === 'ADMINS' && (roles ?? []).includes('admin'));
  return demanded && !totp && !passkeys?.length;
}

// useEnrolment leads a person who has just logged in to the page on which they set it up.
export function useEnrolment({ id }: PersonFragment, methods: Methods) {
  useEffect(() => {
    if (methods.secondFactor !== 'REQUIRED' && methods.secondFactor !== 'ADMINS') return;
    void session.call(SecurityDocument, {}).then(({ data }) => {
      if (data?.me && mustEnrol(methods, data.me)) go('security');
    });
  }, [id]);
}
