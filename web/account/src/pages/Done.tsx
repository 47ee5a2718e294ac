import { Heading } from '../Heading';

interface DoneProps {
  title: string;
  text: string;
  link: string; // the page to go on with
  label: string;
}

// Done says that what a link was for is done, and leads on.
export function Done({ title, text, link, label }: DoneProps) {
  return (
    <>
      <Heading>{title}</Heading>
      <p>{text}</p>
      <p><a class="button" href={`#${link}`}>{label}</a></p>
    </>
  );
}
