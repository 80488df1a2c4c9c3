<?php

declare(strict_types=1);

namespace Drupal\background_agents_flowdrop;

use Drupal\flowdrop_interrupt\Exception\InterruptRequiredException;

/**
 * Makes what a node throws so that its flow waits.
 *
 * FlowDrop documents the names of the exception and of its message, and not
 * the constructor of the message. So values are given by the names of its
 * parameters; what FlowDrop asks for beyond them makes the node fail with a
 * clear text.
 *
 * @internal
 */
final class Interrupts {

  private const string MESSAGE = 'HitlInterruptMessage';

  /**
   * Makes the exception.
   *
   * @param \Drupal\background_agents_flowdrop\FlowPlace $place
   *   Where the node is.
   * @param string $message
   *   What people read, and by which the interrupt is found when the run ends.
   *
   * @throws \Drupal\background_agents_flowdrop\NodeFailed
   *   When this version of FlowDrop needs something else.
   */
  public function exception(FlowPlace $place, string $message): InterruptRequiredException {
    return new InterruptRequiredException($this->message($this->messageClass(), $place, $message));
  }

  /**
   * Makes a message.
   *
   * @param class-string $class
   *   Class of the message.
   * @param \Drupal\background_agents_flowdrop\FlowPlace $place
   *   Where the node is.
   * @param string $message
   *   What people read.
   */
  public function message(string $class, FlowPlace $place, string $message): object {
    $known = [
      'message' => $message,
      'prompt' => $message,
      'workflowid' => $place->workflow,
      'pipelineid' => $place->pipeline,
      'executionid' => $place->execution,
      'nodeid' => $place->node,
      // The response is what the node gives: of the types of interrupts only a
      // form takes an object.
      'schema' => RunOutputs::schema() + ['presentation' => 'form'],
    ];
    $arguments = [];
    foreach ((new \ReflectionClass($class))->getConstructor()?->getParameters() ?? [] as $parameter) {
      $name = strtolower(str_replace('_', '', $parameter->getName()));
      if (in_array($name, ['type', 'interrupttype'], TRUE)) {
        $arguments[$parameter->getName()] = $this->type($parameter);
      }
      elseif (isset($known[$name])) {
        $arguments[$parameter->getName()] = $known[$name];
      }
      elseif (!$parameter->isOptional()) {
        throw self::unfit("its messages need \"{$parameter->getName()}\"");
      }
    }
    return new $class(...$arguments);
  }

  /**
   * The type of interrupt for a form, as an enumeration or as text.
   */
  private function type(\ReflectionParameter $parameter): \UnitEnum|string {
    $type = $parameter->getType();
    $enum = $type instanceof \ReflectionNamedType ? $type->getName() : '';
    if (!enum_exists($enum)) {
      return 'form';
    }
    foreach ($enum::cases() as $case) {
      if (str_starts_with(strtolower($case->name), 'form')) {
        return $case;
      }
    }
    throw self::unfit('it has no interrupt with a form');
  }

  /**
   * The class of messages, which lies beside what the exception takes.
   */
  private function messageClass(): string {
    $type = ((new \ReflectionMethod(InterruptRequiredException::class, '__construct'))->getParameters()[0] ?? NULL)?->getType();
    foreach ($type instanceof \ReflectionUnionType ? $type->getTypes() : [$type] as $named) {
      $class = $named instanceof \ReflectionNamedType ? preg_replace('/[^\\\\]+$/', self::MESSAGE, $named->getName()) : '';
      if (class_exists($class)) {
        return $class;
      }
    }
    throw self::unfit('its interrupts have no ' . self::MESSAGE);
  }

  private static function unfit(string $why): NodeFailed {
    return new NodeFailed("The node cannot wait with this version of FlowDrop: $why. Switch \"Wait for the end\" off to hand the run over.");
  }

}
