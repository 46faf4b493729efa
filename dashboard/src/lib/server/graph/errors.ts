import { GraphQLError } from 'graphql';
import { isSightlineError } from '#runtime';

/** What a person can put right: the message is meant for them. Everything else is masked and logged by the server. */
const forPeople = new Set([
  'DOCUMENT_INVALID',
  'DOCUMENT_UNKNOWN',
  'DOCUMENT_EXISTS',
  'DOCUMENT_CHANGED',
  'POSTGRES_UNAVAILABLE',
]);

export const refusal = (code: string, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code } });

/** Lets errors meant for people through with their code; passes others on as they are, to be masked. */
export const explained = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    if (isSightlineError(error) && forPeople.has(error.code)) throw refusal(error.code, error.message);
    throw error;
  }
};
