<?php

declare(strict_types=1);

namespace Drupal\background_agents\Drush\Commands;

use Drupal\background_agents\Drush\ActingPerson;
use Drupal\background_agents\Drush\NamedRun;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Run\RunCommands;
use Drupal\background_agents\Run\RunData;
use Drupal\user\UserInterface;
use Drush\Attributes as CLI;
use Drush\Commands\AutowireTrait;
use Drush\Commands\DrushCommands;

/**
 * Tells runs what to do.
 *
 * @internal
 */
final class SteerCommands extends DrushCommands {

  use AutowireTrait;

  public function __construct(
    private readonly NamedRun $named,
    private readonly RunCommands $runCommands,
    private readonly RunData $data,
    private readonly ActingPerson $people,
  ) {
    parent::__construct();
  }

  /**
   * Cancels a run.
   */
  #[CLI\Command(name: 'background-agents:cancel', aliases: ['bga:cancel'])]
  #[CLI\Argument(name: 'run', description: 'UUID of the run, or its beginning.')]
  #[CLI\Option(name: 'note', description: 'Why, for those who read the history later.')]
  #[CLI\Option(name: 'as', description: 'Who says it: name or id of an account, whose rights hold. Without: nobody in particular.')]
  public function cancel(string $run, array $options = ['note' => self::REQ, 'as' => self::REQ]): void {
    $told = $this->give($run, 'cancel', $options);
    $this->logger()->success($told->isFinal() ? 'The run is cancelled.' : 'The run is told to end.');
  }

  /**
   * Lets a run finish what it is doing, and then wait.
   */
  #[CLI\Command(name: 'background-agents:pause', aliases: ['bga:pause'])]
  #[CLI\Argument(name: 'run', description: 'UUID of the run, or its beginning.')]
  #[CLI\Option(name: 'note', description: 'Why, for those who read the history later.')]
  #[CLI\Option(name: 'as', description: 'Who says it: name or id of an account, whose rights hold. Without: nobody in particular.')]
  public function pause(string $run, array $options = ['note' => self::REQ, 'as' => self::REQ]): void {
    $this->give($run, 'pause', $options);
    $this->logger()->success('The run is told to pause.');
  }

  /**
   * Lets a paused run go on.
   */
  #[CLI\Command(name: 'background-agents:resume', aliases: ['bga:resume'])]
  #[CLI\Argument(name: 'run', description: 'UUID of the run, or its beginning.')]
  #[CLI\Option(name: 'note', description: 'Why, for those who read the history later.')]
  #[CLI\Option(name: 'as', description: 'Who says it: name or id of an account, whose rights hold. Without: nobody in particular.')]
  public function resume(string $run, array $options = ['note' => self::REQ, 'as' => self::REQ]): void {
    $this->give($run, 'resume', $options);
    $this->logger()->success('The run is told to go on.');
  }

  /**
   * Answers what a run asks a person.
   */
  #[CLI\Command(name: 'background-agents:answer', aliases: ['bga:answer'])]
  #[CLI\Argument(name: 'run', description: 'UUID of the run, or its beginning.')]
  #[CLI\Argument(name: 'decision', description: 'done, again, give_up, approve or reject: background-agents:show tells which the question takes.')]
  #[CLI\Option(name: 'id', description: 'Id of the question: another one is not answered. Without: the one that the run asks now.')]
  #[CLI\Option(name: 'note', description: 'Why, for the agent and for those who read the history later.')]
  #[CLI\Option(name: 'as', description: 'Who answers: name or id of an account, whose rights hold. Without: nobody in particular.')]
  #[CLI\Usage(name: 'drush background-agents:answer 3f0c5a1e approve', description: 'Lets the run do what it asks for.')]
  public function answer(string $run, string $decision, array $options = [
    'id' => self::REQ,
    'note' => self::REQ,
    'as' => self::REQ,
  ]): void {
    $found = $this->named->find($run);
    $question = $found->getWaitingFor() === 'approval' ? $this->data->read((int) $found->id())['waiting']->data->question ?? NULL : NULL;
    if (!isset($question->id)) {
      throw new \RuntimeException('The run asks nothing now. drush background-agents:show tells what it does.');
    }
    if ($options['id'] !== NULL && $options['id'] !== $question->id) {
      throw new \RuntimeException("The run asks something else by now: {$question->id}. Nothing was answered.");
    }
    $choices = array_filter((array) ($question->choices ?? []), is_string(...)) ?: RunCommands::DECISIONS;
    if (!in_array($decision, $choices, TRUE)) {
      throw new \InvalidArgumentException("\"$decision\" is no answer to this question. It takes: " . implode(', ', $choices) . '.');
    }
    $this->give($run, 'decide', $options, ['id' => $question->id, 'decision' => $decision]);
    $this->logger()->success('The answer was handed on. The run goes on in a moment.');
  }

  /**
   * Retries a run that has ended.
   */
  #[CLI\Command(name: 'background-agents:retry', aliases: ['bga:retry'])]
  #[CLI\Argument(name: 'run', description: 'UUID of the run, or its beginning.')]
  #[CLI\Option(name: 'from-step', description: 'Keeps what the steps before this one did. Without: from the beginning.')]
  #[CLI\Option(name: 'id', description: 'The same id again is the same command: no second retry.')]
  #[CLI\Option(name: 'note', description: 'Why, for those who read the history later.')]
  #[CLI\Option(name: 'as', description: 'Who says it: name or id of an account, whose rights hold. Without: nobody in particular.')]
  #[CLI\Usage(name: 'drush background-agents:retry 3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50 --from-step=4', description: 'Keeps steps 1 to 3, and asks the model anew at step 4.')]
  public function retry(string $run, array $options = [
    'from-step' => self::REQ,
    'id' => self::REQ,
    'note' => self::REQ,
    'as' => self::REQ,
  ]): void {
    $from = $options['from-step'] ?? '1';
    if (!ctype_digit((string) $from) || (int) $from < 1) {
      throw new \InvalidArgumentException('--from-step must be the number of a step, from 1.');
    }
    $this->give($run, 'retry', $options, ['from_step' => (int) $from] + array_filter(['id' => $options['id']]));
    $this->logger()->success((int) $from > 1 ? "The run goes on from step $from." : 'The run begins anew.');
  }

  /**
   * Gives a run a command, as the person who says it, or as nobody.
   */
  private function give(string $name, string $command, array $options, array $data = []): Run {
    $run = $this->named->find($name);
    $data += array_filter(['note' => $options['note']]);
    if ($options['as'] !== NULL) {
      return $this->people->do($options['as'], function (UserInterface $person) use ($run, $command, $data): Run {
        return $run->access('manage', $person)
          ? $this->runCommands->give($run, $command, (int) $person->id(), $data)
          : throw new \RuntimeException("\"{$person->getAccountName()}\" may not manage this run.");
      });
    }
    try {
      return $this->runCommands->give($run, $command, NULL, $data);
    }
    // One sentence is enough, without a trace.
    catch (ProblemException $refused) {
      throw new \RuntimeException("{$refused->getMessage()} ({$refused->problem->code})");
    }
  }

}
