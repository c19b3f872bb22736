import { Livelens } from './page/Livelens.tsx';

export default function Page() {
  return <Livelens />;
}
