<?php

/**
 * @file
 * Lets saves and ends of runs set off ECA's example models; prints JSON.
 */

declare(strict_types=1);

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Trigger\TriggerProcessor;
use Drupal\background_agents\Ui\AccountMaker;
use Drupal\eca\Entity\Eca;
use Drupal\node\Entity\Node;
use Drupal\user\Entity\User;

\Drupal::state()->delete('background_agents.stopped');
\Drupal::currentUser()->setAccount(User::load(1));

Agent::load('eca_example')?->delete();
$agent = Agent::create([
  'id' => 'eca_example',
  'label' => 'Example',
  'definition' => ['system_prompt' => 'Test.', 'tools' => ['read_item', 'revise_draft']],
  'binding' => ['model' => 'scripted:test', 'content' => ['node' => ['article' => ['read', 'revise']]]],
]);
\Drupal::service(AccountMaker::class)->create($agent);
$agent->save();

$result = [];
$typed = \Drupal::service('config.typed');
foreach (['ask', 'tell'] as $name) {
  $model = Eca::load("background_agents_$name");
  $result['installed'][$name] = $model === NULL ? NULL : $model->status();
  $result['schema'][$name] = array_map(
    static fn ($violation): string => $violation->getPropertyPath() . ': ' . $violation->getMessage(),
    iterator_to_array($typed->createFromNameAndData("eca.eca.background_agents_$name", \Drupal::config("eca.eca.background_agents_$name")->getRawData())->validate()),
  );
}

$runs = static fn (Node $node): array => array_values(array_filter(
  Run::loadMultiple(\Drupal::entityQuery('background_agents_run')->accessCheck(FALSE)->condition('agent', 'eca_example')->execute()),
  static fn (Run $run): bool => ($run->getTarget()['uuid'] ?? '') === $node->uuid(),
));
$article = static function (string $state): Node {
  $node = Node::create(['type' => 'article', 'title' => 'An example', 'uid' => 1, 'moderation_state' => $state]);
  $node->save();
  return $node;
};
$process = static fn () => \Drupal::service(TriggerProcessor::class)->process();

// As it comes, it does nothing.
$before = $article('draft');
$process();
$result['disabled'] = count($runs($before));

// A person chooses the agent and enables the model.
$ask = Eca::load('background_agents_ask');
$actions = $ask->get('actions');
$actions['ask_agent']['configuration']['agent'] = 'eca_example';
$ask->set('actions', $actions)->enable()->save();
$node = $article('draft');
$process();
$result['new'] = array_map(static fn (Run $run): array => [$run->getTriggerType(), $run->getTriggerId(), $run->getState()->value], $runs($node));
$node->setNewRevision();
$node->setTitle('Changed')->save();
$process();
$result['changed'] = count($runs($node));
$live = $article('published');
$process();
$result['published'] = count($runs($live));

// The ends of its runs are told by mail; one that left nothing is not.
Eca::load('background_agents_tell')->enable()->save();
// So also in the configuration that holds in this request.
$GLOBALS['config']['system.mail']['interface']['default'] = 'test_mail_collector';
\Drupal::configFactory()->reset('system.mail');
\Drupal::state()->set('system.test_mail_collector', []);
[$with, $without] = $runs($node);
Change::create([
  'run' => $with->id(),
  'agent' => 'eca_example',
  'generation' => $with->getGeneration(),
  'target_type' => 'node',
  'target_bundle' => 'article',
  'target_uuid' => $node->uuid(),
  'target_id' => $node->id(),
  'target_label' => $node->label(),
  'target_revision' => $node->getRevisionId(),
  'operation' => 'revise',
  'summary' => 'Shorter',
  'effect_key' => hash('sha256', 'eca example' . $with->id()),
])->save();
$finisher = \Drupal::service(RunFinisher::class);
$finisher->finish($with->uuid(), RunState::Completed, 'done', 'All is well & done.');
$finisher->finish($without->uuid(), RunState::Completed, 'done');
$third = $article('draft');
$process();
$finisher->finish($runs($third)[0]->uuid(), RunState::Failed, 'limit:steps', 'Too many steps.');
$result['mails'] = array_map(
  static fn (array $mail): array => ['to' => $mail['to'], 'subject' => (string) $mail['subject'], 'body' => (string) $mail['body']],
  array_values(array_filter(\Drupal::state()->get('system.test_mail_collector', []), static fn (array $mail): bool => $mail['module'] === 'system')),
);
$result['site_mail'] = \Drupal::config('system.site')->get('mail');
$result['url'] = $with->toUrl('canonical', ['absolute' => TRUE])->toString();

Eca::load('background_agents_ask')->delete();
Eca::load('background_agents_tell')->delete();
$agent->delete();

print json_encode($result, JSON_THROW_ON_ERROR);
