<?php

declare(strict_types=1);

namespace Drupal\background_agents\Drush\Commands;

use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Drush\ActingPerson;
use Drupal\background_agents\Http\ProblemException;
use Drupal\user\UserInterface;
use Drush\Attributes as CLI;
use Drush\Commands\AutowireTrait;
use Drush\Commands\DrushCommands;

/**
 * Runs agents.
 *
 * @internal
 */
final class StartCommands extends DrushCommands {

  use AutowireTrait;

  public function __construct(
    private readonly Dispatcher $dispatcher,
    private readonly ActingPerson $people,
  ) {
    parent::__construct();
  }

  /**
   * Runs an agent. Prints the UUID of the run.
   */
  #[CLI\Command(name: 'background-agents:run', aliases: ['bga:run'])]
  #[CLI\Argument(name: 'agent', description: 'Id of the agent.')]
  #[CLI\Option(name: 'input', description: 'Input as a JSON object.')]
  #[CLI\Option(name: 'key', description: 'De-duplication key: the same key gives the same run.')]
  #[CLI\Option(name: 'as', description: 'Who asks for it: name or id of an account, whose rights hold. Without: nobody in particular.')]
  #[CLI\Option(name: 'dry-run', description: 'A test run: what the agent drafts is shown on the page of the run, and not saved.')]
  #[CLI\Usage(name: "drush background-agents:run editor --input='{\"topic\": \"bees\"}'", description: 'Runs the agent "editor".')]
  public function run(string $agent, array $options = [
    'input' => '{}',
    'key' => self::REQ,
    'as' => self::REQ,
    'dry-run' => FALSE,
  ]): string {
    $input = json_decode((string) $options['input']);
    if (!$input instanceof \stdClass) {
      throw new \InvalidArgumentException('--input must be a JSON object, such as \'{"topic": "bees"}\'.');
    }
    $request = new DispatchRequest(agent: $agent, triggerType: 'manual', input: $input, key: $options['key'] ?: NULL, dryRun: (bool) $options['dry-run']);
    if ($options['as'] !== NULL) {
      return $this->people->do($options['as'], fn (UserInterface $person): string => $this->dispatcher->dispatch($request->with(requester: (int) $person->id()))->uuid);
    }
    try {
      return $this->dispatcher->dispatch($request)->uuid;
    }
    catch (ProblemException $refused) {
      throw new \RuntimeException("{$refused->getMessage()} ({$refused->problem->code})");
    }
  }

}
